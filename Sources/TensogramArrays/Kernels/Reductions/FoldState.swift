/// The state of a reduction that is a ``Fold``: a value for each element of the result.
final class FoldState<Operation: Fold>: ReductionState {
  typealias Value = Operation.Value

  private let working: ElementType
  /// What the values are divided by at the end: the number of elements for a mean.
  private let divisor: Double?
  private let values: Tensor

  /// `working` is the element type that ``Fold/Element`` is in memory.
  init(shape: [Int], lengths: [Int], working: ElementType, isMean: Bool = false) {
    self.working = working
    divisor = isMean ? Double(lengths.reduce(1, *)) : nil
    values = Tensor(Operation.valueType, shape)
    super.init(shape: shape, lengths: lengths)
    unsafe pointer.initialize(repeating: Operation.identity, count: values.count)
  }

  /// As many values as the result has elements: places in patches are within.
  private var pointer: UnsafeMutablePointer<Value> { unsafe values.start.assumingMemoryBound(to: Value.self) }

  override func take(_ block: Tensor, _ axes: [Int], _ origin: [Int], _ position: [Int]) {
    let walk = ReductionWalk(block, axes: axes, origin: origin, position: position, state: self, working: working)
    walk.forEach { patch in
      let target = unsafe pointer + patch.accumulator
      if !patch.isVertical {
        for row in 0..<patch.rows {
          let place = row &* patch.accumulatorStep
          unsafe target[place] = Operation.combine(target[place], Operation.fold(patch.row(row), patch.columns))
        }
      } else if patch.rows < 8 {
        for row in 0..<patch.rows { unsafe Operation.combine(target, with: patch.row(row), patch.columns) }
      } else {
        unsafe foldRows(of: patch, into: target)
      }
    }
  }

  /// To values of its own at first: sums of parts are more exact than one long sum, and stay in the cache.
  private func foldRows(of patch: ReductionPatch, into target: UnsafeMutablePointer<Value>) {
    unsafe withUnsafeTemporaryAllocation(of: Value.self, capacity: patch.columns) { buffer in
      guard let values = buffer.baseAddress else { return }
      unsafe values.initialize(repeating: Operation.identity, count: patch.columns)
      for row in 0..<patch.rows { unsafe Operation.combine(values, with: patch.row(row), patch.columns) }
      for column in 0..<patch.columns { unsafe target[column] = Operation.combine(target[column], values[column]) }
    }
  }

  override func merge(_ other: ReductionState) {
    guard let other = other as? Self, other.shape == shape else { preconditionFailure("states of other reductions") }
    let (mine, theirs) = unsafe (pointer, other.pointer)
    for index in 0..<values.count { unsafe mine[index] = Operation.combine(mine[index], theirs[index]) }
  }

  override func finish(into output: Tensor, ddof: Double) {
    guard let divisor else { return Cast.apply(values, into: output) }
    let quotient = Tensor(.float64, shape)
    let number = Tensor.one(divisor).broadcast(to: shape)
    ElementwiseOperation.divide.apply([values, number], into: quotient)
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
