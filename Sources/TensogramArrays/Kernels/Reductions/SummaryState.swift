/// One state for several of sum, mean, variance, standard deviation, least and greatest element.
///
/// Each row is read from memory once, for twice the speed of a state for each.
final class SummaryState: ReductionState {
  private let working: ElementType
  /// What is asked for; the rest is made along rows only, where it costs nothing.
  private let wants: (moments: Bool, least: Bool, greatest: Bool)
  private let loops: SummaryLoops
  private let moments: MomentsState
  private let least: FoldState
  private let greatest: FoldState

  /// Operations of which a state can serve any: all, or those that leave NaN out.
  static let families: [[ReductionOperation]] = [
    [.sum, .mean, .variance, .standardDeviation, .min, .max], [.nansum, .nanmean, .nanvar, .nanstd, .nanmin, .nanmax],
  ]

  /// The smallest state that serves them all.
  static func make<Element: RealNumber & TensorElement>(
    _ type: Element.Type, _ operations: [ReductionOperation], _ shape: [Int], _ lengths: [Int]
  ) -> ReductionState {
    let spreads: [ReductionOperation] = [.variance, .standardDeviation, .nanvar, .nanstd]
    let wantsSquares = operations.contains { spreads.contains($0) }
    if operations.contains(where: { least.contains($0) || greatest.contains($0) }) {
      return SummaryState(type, operations, shape, lengths, wantsSquares: wantsSquares)
    }
    return MomentsState(type, operations[0], shape: shape, lengths: lengths, wantsSquares: wantsSquares)
  }

  private static let least: Set<ReductionOperation> = [.min, .nanmin]
  private static let greatest: Set<ReductionOperation> = [.max, .nanmax]

  private init<Element: RealNumber & TensorElement>(
    _ type: Element.Type, _ operations: [ReductionOperation], _ shape: [Int], _ lengths: [Int], wantsSquares: Bool
  ) {
    let first = operations[0]
    working = Element.elementType
    wants = (
      operations.contains { !Self.least.contains($0) && !Self.greatest.contains($0) },
      operations.contains { Self.least.contains($0) }, operations.contains { Self.greatest.contains($0) }
    )
    loops = first.skipsMissing ? SummaryLoops(present: type) : SummaryLoops(all: type)
    moments = MomentsState(type, first, shape: shape, lengths: lengths, wantsSquares: wantsSquares)
    let make: (ReductionOperation) -> FoldState = { operation in
      let state = operation.makeState(input: Element.elementType, shape: shape, reducing: lengths)
      guard let state = state as? FoldState else { preconditionFailure("\(operation) is no fold") }
      return state
    }
    least = make(first.skipsMissing ? .nanmin : .min)
    greatest = make(first.skipsMissing ? .nanmax : .max)
    super.init(first, shape: shape, lengths: lengths)
  }

  override func take(_ block: Tensor, _ axes: [Int], _ origin: [Int], _ position: [Int]) {
    let walk = ReductionWalk(block, axes: axes, origin: origin, position: position, state: self, working: working)
    walk.forEach { patch in
      if patch.isVertical {
        if wants.moments { moments.takeColumns(of: patch) }
        if wants.least { least.takeColumns(of: patch) }
        if wants.greatest { greatest.takeColumns(of: patch) }
        return
      }
      for row in 0..<patch.rows {
        let (elements, index) = unsafe (patch.row(row), patch.accumulator + row * patch.accumulatorStep)
        let (count, sum) = unsafe loops.summarise(elements, patch.columns, least.value(index), greatest.value(index))
        unsafe moments.takeRow(elements, patch.columns, count, sum, at: index)
      }
    }
  }

  override func merge(_ other: ReductionState) {
    guard let other = other as? SummaryState else { preconditionFailure("another reduction's state") }
    moments.merge(other.moments)
    least.merge(other.least)
    greatest.merge(other.greatest)
  }

  override func finish(_ operation: ReductionOperation, into output: Tensor, ddof: Double) {
    switch operation {
    case .min, .nanmin: least.finish(into: output)
    case .max, .nanmax: greatest.finish(into: output)
    default: moments.finish(operation, into: output, ddof: ddof)
    }
  }
}

extension ReductionOperation {
  /// One state for several operations on the same elements; nil where they have none in common.
  ///
  /// Results are those of ``ReductionState/finish(_:into:ddof:)`` with each operation.
  static func makeState(
    for operations: [ReductionOperation], input: ElementType, shape: [Int], reducing lengths: [Int]
  ) -> ReductionState? {
    let isOneFamily = SummaryState.families.contains { family in operations.allSatisfy { family.contains($0) } }
    guard isOneFamily, operations.count > 1, input.isFloatingPoint, !input.isComplex else { return nil }
    if input == .float64 { return SummaryState.make(Double.self, operations, shape, lengths) }
    return SummaryState.make(Float.self, operations, shape, lengths)
  }
}
