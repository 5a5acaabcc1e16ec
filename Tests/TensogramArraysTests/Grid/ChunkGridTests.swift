import Testing

@testable import TensogramArrays

@Suite struct ChunkGridTests {
  struct Specified: Sendable {
    var shape: [Int]
    var chunks: [ChunkSpecification]
    var blocks: [[Int]]
  }

  @Test(arguments: [
    Specified(shape: [10, 7], chunks: [.size(3), .size(3)], blocks: [[3, 3, 3, 1], [3, 3, 1]]),
    Specified(shape: [10, 7], chunks: [.size(3), .whole], blocks: [[3, 3, 3, 1], [7]]),
    Specified(shape: [10, 7], chunks: [.sizes([3, 3, 4]), .size(7)], blocks: [[3, 3, 4], [7]]),
    Specified(shape: [10], chunks: [.size(11)], blocks: [[10]]),
    Specified(shape: [0, 4], chunks: [.size(3), .automatic], blocks: [[0], [4]]),
    Specified(shape: [], chunks: [], blocks: []),
    Specified(shape: [10], chunks: [.sizes([4, 0, 6])], blocks: [[4, 0, 6]]),
    Specified(shape: [2, 10], chunks: [.sizes([0, 2]), .sizes([1, 4, 5])], blocks: [[0, 2], [1, 4, 5]]),
  ])
  func cutsAsAsked(_ asked: Specified) throws {
    #expect(try ChunkGrid(asked.shape, chunks: asked.chunks).axes.map(\.sizes) == asked.blocks)
  }

  @Test(arguments: [
    ([ChunkSpecification.size(5)], [10, 4]), ([.sizes([5, 4])], [10]), ([.size(0)], [10]), ([.size(-2)], [10]),
    ([.sizes([11, -1])], [10]), ([.sizes([])], [10]), ([.sizes([.max, 1])], [10]),
  ])
  func refusesWhatDoesNotFit(_ chunks: [ChunkSpecification], _ shape: [Int]) {
    #expect(throws: ArrayError.self) { try ChunkGrid(shape, chunks: chunks) }
  }

  /// Shape, explicit chunks, bytes allowed, stored chunks, blocks: elements of 8 bytes.
  struct Automatic: Sendable {
    var shape: [Int]
    var chunks: [ChunkSpecification]
    var limit: Int
    var stored: [Int?]
    var blocks: [Int]
  }

  @Test(arguments: [
    // All of it fits.
    Automatic(shape: [10, 10], chunks: [.automatic, .automatic], limit: 800, stored: [nil, nil], blocks: [10, 10]),
    // The last axis grows first.
    Automatic(shape: [10, 10], chunks: [.automatic, .automatic], limit: 240, stored: [nil, nil], blocks: [3, 10]),
    // By whole stored chunks.
    Automatic(
      shape: [100, 100], chunks: [.automatic, .automatic], limit: 8 * 500, stored: [1, 30], blocks: [5, 100]),
    Automatic(shape: [100, 100], chunks: [.automatic, .automatic], limit: 8 * 70, stored: [1, 30], blocks: [1, 60]),
    // A stored chunk is cut only if it alone is too large.
    Automatic(
      shape: [100, 100], chunks: [.automatic, .automatic], limit: 8 * 50, stored: [10, 10], blocks: [5, 10]),
    // Explicit axes come first.
    Automatic(
      shape: [100, 100], chunks: [.size(10), .automatic], limit: 8 * 50, stored: [nil, nil], blocks: [10, 5]),
  ])
  func chunksAutomatically(_ asked: Automatic) throws {
    let stored = zip(asked.shape, asked.stored).map { extent, size in size.map { AxisChunks(extent: extent, size: $0) }
    }
    let grid = try ChunkGrid(asked.shape, chunks: asked.chunks, limit: asked.limit, elementSize: 8, previous: stored)
    #expect(grid.largestBlock == asked.blocks)
    #expect(grid.shape == asked.shape)
  }

  @Test func keepsTheBoundariesOfUnevenStoredChunks() throws {
    let stored = AxisChunks(sizes: [4, 3, 3, 6])
    let grid = try ChunkGrid([16], chunks: [.automatic], limit: 8 * 7, elementSize: 8, previous: [stored])
    #expect(grid.axes[0].sizes == [7, 3, 6])
  }

  @Test func unifiesGridsOfOperands() throws {
    func grid(_ sizes: [Int]...) -> ChunkGrid { ChunkGrid(sizes.map { AxisChunks(sizes: $0) }) }
    let first = grid([4, 4], [6])
    #expect(ChunkGrid.unified([first, grid([1], [3, 3])], shape: [8, 6]) == grid([4, 4], [3, 3]))
    #expect(ChunkGrid.unified([first, grid([3, 3])], shape: [8, 6]) == grid([4, 4], [3, 3]))
    #expect(ChunkGrid.unified([grid([4, 4]), grid([2, 6])], shape: [8]) == grid([2, 2, 4]))
    // Both cut finely, at other places: the larger operand's blocks.
    let fine = grid([10, 10, 10, 10], [10, 10, 10, 10])
    let other = grid([5, 10, 10, 10, 5], [5, 10, 10, 10, 5])
    #expect(ChunkGrid.unified([fine, other], shape: [40, 40]) == fine)
  }

  @Test func describesRegularBlocksAlikeHoweverTheyAreMade() {
    #expect(AxisChunks(extent: 10, size: 4) == AxisChunks(sizes: [4, 4, 2]))
    #expect(AxisChunks(whole: 10) == AxisChunks(sizes: [10]))
    #expect(AxisChunks(extent: 10, size: 4).selecting(start: 3, step: 1, count: 6) == AxisChunks(sizes: [1, 4, 1]))
    #expect(AxisChunks(extent: 10, size: 4).selecting(start: 3, step: 1, count: 3) == AxisChunks(sizes: [1, 2]))
  }

  @Test(arguments: [(0, 1, 10), (9, -1, 10), (1, 3, 3), (8, -4, 3), (4, 1, 1), (0, 1, 0)])
  func selectsBlocksAsTheirElementsFall(_ start: Int, _ step: Int, _ count: Int) {
    for chunks in [AxisChunks(extent: 10, size: 4), AxisChunks(sizes: [1, 0, 6, 3]), AxisChunks(whole: 10)] {
      var expected: [(block: Int, size: Int)] = []
      for number in 0..<count {
        let block = chunks.block(at: start + number * step)
        if expected.last?.block == block { expected[expected.count - 1].size += 1 } else { expected.append((block, 1)) }
      }
      let selected = chunks.selecting(start: start, step: step, count: count)
      #expect(selected.sizes.filter { $0 > 0 } == expected.map(\.size))
      #expect(selected.extent == count)
    }
  }

  @Test(arguments: [
    AxisChunks(extent: 23, size: 5), AxisChunks(sizes: [2, 0, 9, 1, 0]), AxisChunks(sizes: [3, 7, 7, 2]),
  ])
  func findsTheBlockOfAPosition(_ chunks: AxisChunks) {
    var start = 0
    for block in 0..<chunks.count {
      #expect(chunks[block].lowerBound == start)
      for position in chunks[block] { #expect(chunks.block(at: position) == block) }
      start = chunks[block].upperBound
    }
    #expect(start == chunks.extent)
    #expect(chunks.largest == chunks.sizes.max())
    for size in 1...10 {
      let split = chunks.split(size)
      #expect(split.extent == chunks.extent && split.largest <= size)
      let ends = Set((0..<split.count).map { split[$0].upperBound })
      #expect((0..<chunks.count).allSatisfy { chunks[$0].isEmpty || ends.contains(chunks[$0].upperBound) })
    }
  }
}
