/// A native reduction along axes.
struct Reduction: Operation {
  let operation: ReductionOperation
  /// Ascending.
  let axes: [Int]
  let keepsAxes: Bool
  let ddof: Double

  var name: String { operation.rawValue }

  func keptAxes(of count: Int) -> [Int] { (0..<count).filter { !axes.contains($0) } }

  /// The part of the result that the part `kept` of the kept axes goes to.
  func resultRegion(_ kept: Region) -> Region {
    guard keepsAxes else { return kept }
    var axes = kept.axes
    for axis in self.axes { axes.insert(Region.Axis(0..<1), at: axis) }
    return Region(axes)
  }

  /// The state for a part of the result that has `shape` along the kept axes.
  func state(of input: Node, _ shape: [Int]) -> ReductionState {
    operation.makeState(input: input.elementType, shape: shape, reducing: axes.map { input.shape[$0] })
  }

  /// - Parameter output: with the axes that are reduced, where the result keeps them.
  func finish(_ state: ReductionState, into output: Tensor) throws {
    if state.lacksValues { throw ArrayError("\(name): a slice has no element that is not NaN") }
    let squeezed =
      keepsAxes ? output.mapped(keptAxes(of: output.shape.count).map { $0 }, shape: state.shape) : output
    state.finish(operation, into: squeezed, ddof: ddof)
  }

  /// Whether the result needs elements of several blocks.
  func crossesBlocks(of input: Node) -> Bool { axes.contains { input.grid.axes[$0].count > 1 } }

  func recipe(for region: Region, of node: Node) -> Recipe {
    let input = node.inputs[0]
    let counts = axes.map { 0..<input.grid.axes[$0].count }
    var pieces: [Request] = []
    forEachIndex(counts) { block in
      pieces.append(Request(input, inputRegion(region, of: input, block)))
    }
    return .assemble(ReductionAssembly(self, input, region, pieces))
  }

  /// What a part of the result needs of one block along the reduced axes.
  private func inputRegion(_ region: Region, of input: Node, _ block: [Int]) -> Region {
    var part = region.axes
    for (index, axis) in axes.enumerated() {
      let range = Region.Axis(input.grid.axes[axis][block[index]])
      if keepsAxes { part[axis] = range } else { part.insert(range, at: axis) }
    }
    return Region(part)
  }
}

/// A part of a reduction's result, made block by block.
private final class ReductionAssembly: Assembly {
  let pieces: [Request]
  private let reduction: Reduction
  private let state: ReductionState

  init(_ reduction: Reduction, _ input: Node, _ region: Region, _ pieces: [Request]) {
    self.reduction = reduction
    self.pieces = pieces
    let kept = reduction.keepsAxes ? reduction.keptAxes(of: region.axes.count).map { region.axes[$0] } : region.axes
    state = reduction.state(of: input, kept.map(\.count))
  }

  func add(_ index: Int, _ piece: Tensor, to output: Tensor, in worker: Worker) {
    let region = pieces[index].region
    state.accumulate(piece, axes: reduction.axes, origin: reduction.axes.map { region.axes[$0].start })
  }

  func finish(_ output: Tensor, in worker: Worker) throws { try reduction.finish(state, into: output) }
}
