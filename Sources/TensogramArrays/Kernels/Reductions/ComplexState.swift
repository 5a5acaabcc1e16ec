/// Sums, means and variances of complex numbers: those of their parts, which are two columns more.
final class ComplexState: ReductionState {
  private let parts: ReductionState

  init(_ operation: ReductionOperation, _ input: ElementType, _ shape: [Int], _ lengths: [Int]) {
    let part: ElementType = input == .complex64 ? .float32 : .float64
    // The deviation is a root of what both parts vary.
    let ofParts = operation == .standardDeviation ? .variance : operation
    parts = ofParts.makeState(input: part, shape: shape + [2], reducing: lengths)
    super.init(operation, shape: shape, lengths: lengths)
  }

  override func take(_ block: Tensor, _ axes: [Int], _ origin: [Int], _ position: [Int]) {
    parts.accumulate(block.bothParts, axes: axes, origin: origin, at: position + [0])
  }

  override func merge(_ other: ReductionState) {
    guard let other = other as? Self, other.shape == shape else { preconditionFailure("states of other reductions") }
    parts.merge(other.parts)
  }

  override func finish(_ operation: ReductionOperation, into output: Tensor, ddof: Double) {
    if output.elementType.isComplex { return parts.finish(into: output.bothParts) }
    let variances = Tensor(.float64, shape + [2])
    parts.finish(into: variances, ddof: ddof)
    let total = ReductionOperation.sum.makeState(input: .float64, shape: shape, reducing: [2])
    total.accumulate(variances, axes: [shape.count], origin: [0])
    if operation == .variance { return total.finish(into: output) }
    let squares = Tensor(.float64, shape)
    total.finish(into: squares)
    ElementwiseOperation.sqrt.apply([squares], into: squares)
    Cast.apply(squares, into: output)
  }
}

extension Tensor {
  /// Real and imaginary parts along another axis, the last; a view.
  var bothParts: Tensor {
    let part = realPart.elementType
    return Tensor(part, shape + [2], strides: strides + [part.size], offset: offset, storage: storage)
  }
}
