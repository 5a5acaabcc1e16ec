/// The state of a reduction that is a ``Fold``: a value for each element of the result.
final class FoldState: ReductionState {
  private let loops: FoldLoops
  private let working: ElementType
  /// What the values are divided by at the end: the number of elements for a mean.
  private let divisor: Double?
  private let values: Tensor

  /// `working` is the element type of the fold's elements in memory.
  init<Operation: Fold>(
    _ fold: Operation.Type, _ operation: ReductionOperation, shape: [Int], lengths: [Int], working: ElementType
  ) {
    loops = FoldLoops(fold)
    self.working = working
    divisor = operation == .mean ? Double(lengths.reduce(1, *)) : nil
    values = Tensor(loops.valueType, shape)
    super.init(operation, shape: shape, lengths: lengths)
    unsafe loops.clear(values.start, values.count)
  }

  override func take(_ block: Tensor, _ axes: [Int], _ origin: [Int], _ position: [Int]) {
    let walk = ReductionWalk(block, axes: axes, origin: origin, position: position, state: self, working: working)
    walk.forEach { patch in
      if patch.isVertical {
        takeColumns(of: patch)
      } else {
        for row in 0..<patch.rows {
          unsafe loops.combineRow(
            value(patch.accumulator + row * patch.accumulatorStep), patch.row(row), patch.columns)
        }
      }
    }
  }

  /// A value of the result; places in patches are within.
  func value(_ index: Int) -> UnsafeMutableRawPointer { unsafe values.start + index * loops.valueType.size }

  func takeColumns(of patch: ReductionPatch) {
    let target = unsafe value(patch.accumulator)
    if patch.rows < 16 { return unsafe loops.combineColumns(target, patch) }
    // Through values of their own: sums of parts are more exact than one long sum, and stay in the cache.
    unsafe withUnsafeTemporaryAllocation(byteCount: patch.columns * loops.valueType.size, alignment: 16) { buffer in
      guard let values = buffer.baseAddress else { return }
      unsafe loops.clear(values, patch.columns)
      unsafe loops.combineColumns(values, patch)
      unsafe loops.combineValues(target, values, patch.columns)
    }
  }

  override func merge(_ other: ReductionState) {
    guard let other = other as? FoldState, other.shape == shape else {
      preconditionFailure("another reduction's state")
    }
    unsafe loops.combineValues(values.start, other.values.start, values.count)
  }

  override func finish(_ operation: ReductionOperation, into output: Tensor, ddof: Double) {
    guard let divisor else { return Cast.apply(values, into: output) }
    let quotient = Tensor(.float64, shape)
    ElementwiseOperation.divide.apply([values, Tensor.one(divisor).broadcast(to: shape)], into: quotient)
    Cast.apply(quotient, into: output)
  }
}

extension Tensor {
  /// One float64.
  static func one(_ value: Double) -> Tensor {
    let tensor = Tensor(.float64, [])
    unsafe tensor.start.storeBytes(of: value, as: Double.self)
    return tensor
  }
}
