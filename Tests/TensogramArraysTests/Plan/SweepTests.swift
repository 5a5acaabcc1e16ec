import Testing

@testable import TensogramArrays

@Suite struct SweepTests {
  struct Case: CustomTestStringConvertible {
    var shape: [Int]
    var chunks: [Int]
    var axes: [Int]
    var isDeep = true
    var box: [Int]
    var tile: [Int]
    var testDescription: String { "\(shape) in \(chunks) along \(axes)" }
  }

  /// Of float64, so that a tile has 32768 elements.
  static let cases = [
    // Elements that are reduced to one stay together, as far as rows in memory are long.
    Case(shape: [64, 512, 512], chunks: [8, 256, 512], axes: [0], box: [8, 64, 512], tile: [8, 8, 512]),
    Case(shape: [64, 512, 512], chunks: [8, 256, 512], axes: [1], box: [2, 256, 512], tile: [1, 64, 512]),
    Case(shape: [64, 512, 512], chunks: [8, 256, 512], axes: [2], box: [2, 256, 512], tile: [1, 64, 512]),
    Case(shape: [64, 512, 512], chunks: [8, 256, 512], axes: [0, 1], box: [2, 256, 512], tile: [1, 64, 512]),
    Case(shape: [64, 512, 512], chunks: [8, 256, 512], axes: [0, 1, 2], box: [2, 256, 512], tile: [1, 64, 512]),
    Case(shape: [512, 512, 64], chunks: [512, 256, 8], axes: [0], box: [512, 64, 8], tile: [128, 32, 8]),
    Case(shape: [100_000, 8], chunks: [100_000, 8], axes: [0], box: [32_768, 8], tile: [4096, 8]),
    Case(shape: [2, 1_000_000], chunks: [2, 1_000_000], axes: [0], box: [2, 32_768], tile: [2, 16_384]),
    Case(
      shape: [64, 512, 512], chunks: [8, 256, 512], axes: [0], isDeep: false, box: [2, 256, 512], tile: [1, 64, 512]),
  ]

  @Test(arguments: cases)
  func cutsBlocks(_ example: Case) throws {
    let axes = zip(example.shape, example.chunks).map { AxisChunks(extent: $0, size: $1) }
    let input = try LazyArray(Tensor(.float64, []).broadcast(to: example.shape)).node
    let reduction = Reduction(operation: .mean, axes: example.axes, keepsAxes: false, ddof: 0)
    let kept = example.shape.indices.filter { !example.axes.contains($0) }.map { example.shape[$0] }
    let sweep = Sweep(ChunkGrid(axes), [ReduceMember(input, reduction, into: Tensor(.float64, kept))])
    sweep.divide(isTileable: true, hasUnits: false, isDeep: example.isDeep)
    #expect(sweep.boxes.largestBlock == example.box && sweep.tiles.largestBlock == example.tile)
    sweep.divide(isTileable: true, hasUnits: true, isDeep: example.isDeep)
    #expect(sweep.boxes.largestBlock == example.chunks)
  }
}
