/// The state of ``ReductionOperation/argmin`` and its like: the extreme, and the flat index where it is first.
final class ExtremeIndexState: ReductionState {
  private let loops: ExtremeIndexLoops
  private let working: ElementType
  private let extremes: Tensor
  /// -1 where there is no value yet.
  private let places: Tensor

  /// `working` is the element type of the order's elements in memory.
  init<Order: ExtremeOrder>(
    _ order: Order.Type, _ operation: ReductionOperation, shape: [Int], lengths: [Int], working: ElementType
  ) {
    loops = ExtremeIndexLoops(order)
    self.working = working
    extremes = Tensor(loops.valueType, shape)
    places = Tensor(.int64, shape)
    super.init(operation, shape: shape, lengths: lengths)
    unsafe loops.clear(extremes.start, extremes.count)
    unsafe indices.initialize(repeating: -1, count: places.count)
  }

  /// As many as the result has elements: places in patches are within.
  private var indices: UnsafeMutablePointer<Int> { unsafe places.start.assumingMemoryBound(to: Int.self) }

  override func take(_ block: Tensor, _ axes: [Int], _ origin: [Int], _ position: [Int]) {
    let walk = ReductionWalk(block, axes: axes, origin: origin, position: position, state: self, working: working)
    let size = loops.valueType.size
    walk.forEach { patch in
      if patch.isVertical {
        return unsafe loops.offerColumns(
          extremes.start + patch.accumulator * size, indices + patch.accumulator, patch)
      }
      for row in 0..<patch.rows {
        let place = patch.place + row * patch.placeStep.row
        let index = patch.accumulator + row * patch.accumulatorStep
        unsafe loops.offerRow(
          extremes.start + index * size, indices + index, patch.row(row), place, patch.placeStep.column, patch.columns)
      }
    }
  }

  override func merge(_ other: ReductionState) {
    guard let other = other as? ExtremeIndexState, other.shape == shape else {
      preconditionFailure("another reduction's state")
    }
    unsafe loops.offerValues(extremes.start, indices, other.extremes.start, other.indices, places.count)
  }

  override func finish(_ operation: ReductionOperation, into output: Tensor, ddof: Double) {
    Cast.apply(places, into: output)
  }

  override var lacksValues: Bool { (0..<places.count).contains { unsafe indices[$0] < 0 } }
}
