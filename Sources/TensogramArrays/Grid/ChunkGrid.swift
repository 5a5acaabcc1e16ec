/// How an array is cut into blocks: each axis by itself.
///
/// ```swift
/// let grid = try ChunkGrid([10, 7], chunks: [3, .whole])
/// grid.blockCount                                  // 4
/// grid.region(of: [3, 0])                          // rows 9..<10, columns 0..<7
/// ```
public struct ChunkGrid: Hashable, Sendable {
  /// Along each axis.
  public let axes: [AxisChunks]

  public init(_ axes: [AxisChunks]) { self.axes = axes }

  /// One block.
  public init(whole shape: [Int]) { axes = shape.map { AxisChunks(whole: $0) } }

  public var shape: [Int] { axes.map(\.extent) }

  /// Blocks along each axis.
  public var counts: [Int] { axes.map(\.count) }

  /// Blocks in all; 1 for an array without axes.
  public var blockCount: Int { axes.reduce(1) { $0 * $1.count } }

  /// The length of the largest block along each axis.
  public var largestBlock: [Int] { axes.map(\.largest) }

  /// The elements of the block at `index`.
  public func region(of index: [Int]) -> Region {
    Region(zip(axes, index).map { axis, block in axis[block] })
  }

  /// The index of the block that is exactly `region`, if one is.
  func block(_ region: Region) -> [Int]? {
    var index: [Int] = []
    index.reserveCapacity(axes.count)
    for (chunks, part) in zip(axes, region.axes) {
      guard part.step == 1 || part.count <= 1 else { return nil }
      let block = chunks.extent == 0 ? 0 : chunks.block(at: min(part.start, chunks.extent - 1))
      let range = chunks[block]
      guard range.lowerBound == part.start || range.isEmpty, range.count == part.count else { return nil }
      index.append(block)
    }
    return index
  }

  /// The blocks along each axis that `region` takes elements of.
  func blocks(_ region: Region) -> [Range<Int>] {
    zip(axes, region.axes).map { chunks, part in
      chunks.extent == 0 ? 0..<1 : chunks.blocks(of: part.count == 0 ? 0..<0 : part.bounds)
    }
  }

  /// The first blocks that are inside of `region`.
  func regions(in region: Region, atMost count: Int) -> [Region] {
    let ranges = blocks(region)
    var found: [Region] = []
    for number in 0..<min(count, ranges.reduce(1) { $0 * $1.count }) {
      var rest = number
      var index = ranges.map(\.lowerBound)
      for axis in ranges.indices.reversed() where !ranges[axis].isEmpty {
        index[axis] += rest % ranges[axis].count
        rest /= ranges[axis].count
      }
      found.append(self.region(of: index))
    }
    return found
  }

  /// The same blocks cut until none has more than `elements` elements: along leading axes first, of those given if any.
  func split(_ elements: Int, along chosen: [Int]? = nil) -> ChunkGrid {
    var limits = largestBlock
    var total = limits.reduce(1, *)
    for axis in chosen ?? Array(limits.indices) where total > elements && limits[axis] > 0 {
      let inner = total / limits[axis]
      limits[axis] = max(min(elements / max(inner, 1), limits[axis]), 1)
      total = inner * limits[axis]
    }
    return ChunkGrid(zip(axes, limits).map { $0.split($1) })
  }
}
