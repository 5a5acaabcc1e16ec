/// What a reduction knows of the elements seen so far, for each element of its result.
///
/// States of parts are merged in a fixed order, so that the result does not depend on which thread did what.
class ReductionState {
  /// What ``finish(into:ddof:)`` gives.
  let operation: ReductionOperation
  /// Of the result, without the reduced axes.
  let shape: [Int]
  /// The input's lengths along the reduced axes.
  let lengths: [Int]

  init(_ operation: ReductionOperation, shape: [Int], lengths: [Int]) {
    self.operation = operation
    self.shape = shape
    self.lengths = lengths
  }

  /// Takes in the elements of `block`.
  ///
  /// - Parameters:
  ///   - axes: of `block`, which are reduced, ascending.
  ///   - origin: index of the block's first element along these axes in the whole input.
  ///   - position: index of the block's first element along the other axes in the state; at its start if nil.
  func accumulate(_ block: Tensor, axes: [Int], origin: [Int], at position: [Int]? = nil) {
    precondition(axes.count == lengths.count && origin.count == axes.count)
    let kept = block.shape.indices.filter { !axes.contains($0) }
    let position = position ?? Array(repeating: 0, count: kept.count)
    precondition(kept.count == shape.count && position.count == shape.count)
    for (index, axis) in kept.enumerated() { precondition(position[index] + block.shape[axis] <= shape[index]) }
    for (index, axis) in axes.enumerated() { precondition(origin[index] + block.shape[axis] <= lengths[index]) }
    if block.shape.contains(0) { return }
    take(block, axes, origin, position)
  }

  /// Takes in another state of the same reduction, of elements that come later.
  func merge(_ other: ReductionState) { fatalError("of a subclass") }

  /// Sets the result; `ddof` is what variances take off the number of elements.
  final func finish(into output: Tensor, ddof: Double = 0) { finish(operation, into: output, ddof: ddof) }

  /// Sets the result of one of the operations that the state serves.
  func finish(_ operation: ReductionOperation, into output: Tensor, ddof: Double) { fatalError("of a subclass") }

  /// Whether an element of the result has no value, which is an error: the index of an extreme where all are missing.
  var lacksValues: Bool { false }

  /// ``accumulate(_:axes:origin:at:)``, checked.
  func take(_ block: Tensor, _ axes: [Int], _ origin: [Int], _ position: [Int]) { fatalError("of a subclass") }
}
