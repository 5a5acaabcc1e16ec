/// What a scan carries from one block to the next along its axis. By itself it carries nothing and copies.
class ScanState {
  /// Of the input without the axis.
  let shape: [Int]
  /// What elements are computed with.
  let working: ElementType

  init(shape: [Int], working: ElementType) {
    self.shape = shape
    self.working = working
  }

  /// Scans the next block along `axis`; `position` is the index of its first element in the state, its start if nil.
  ///
  /// The output has the input's shape, and may be the input where they have one type.
  func apply(_ input: Tensor, axis: Int, into output: Tensor, at position: [Int]? = nil) {
    let others = input.shape.indices.filter { $0 != axis }
    let position = position ?? Array(repeating: 0, count: others.count)
    precondition(input.shape == output.shape && others.count == shape.count && position.count == shape.count)
    for (index, axis) in others.enumerated() { precondition(position[index] + input.shape[axis] <= shape[index]) }
    if input.shape.contains(0) { return }
    let source = Self.converted(input, to: working)
    let isDirect = output.elementType == resultType
    let target = isDirect ? output : Tensor(resultType, output.shape)
    scan(source, axis, target, position)
    if !isDirect { Cast.apply(target, into: output) }
  }

  /// A state of its own that carries the same.
  func copy() -> ScanState { ScanState(shape: shape, working: working) }

  private static func converted(_ input: Tensor, to type: ElementType) -> Tensor {
    if input.elementType == type { return input }
    let result = Tensor(type, input.shape)
    Cast.apply(input, into: result)
    return result
  }

  /// What ``scan(_:_:_:_:)`` writes.
  var resultType: ElementType { working }

  /// ``apply(_:axis:into:at:)``, checked, from the working type to the result type.
  func scan(_ input: Tensor, _ axis: Int, _ output: Tensor, _ position: [Int]) { Copy.apply(input, into: output) }
}
