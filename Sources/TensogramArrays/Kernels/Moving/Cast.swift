/// Conversion from one element type to another.
///
/// What does not fit is what numpy's `astype` gives on x86: integers keep their low bits, complex numbers lose their imaginary part,
/// and NaN and numbers beyond an integer's range become its least value (0 for those of 8 and 16 bits).
enum Cast {
  static func supports(from input: ElementType, to output: ElementType) -> Bool {
    input == output || (input.isNumber && output.isNumber)
  }

  /// Tensors of one shape, of types that are supported. They must not overlap.
  static func apply(_ input: Tensor, into output: Tensor, references: (any ObjectReferences)? = nil) {
    let (source, target) = (input.elementType, output.elementType)
    precondition(supports(from: source, to: target) && input.shape == output.shape)
    switch (source.isComplex, target.isComplex) {
    case _ where source == target: Copy.apply(input, into: output, references: references)
    case (true, true):
      apply(input.realPart, into: output.realPart)
      apply(input.imaginaryPart, into: output.imaginaryPart)
    case (true, false) where target != .bool: apply(input.realPart, into: output)
    case (false, true):
      apply(input, into: output.realPart)
      let zero = Tensor.zero(output.realPart.elementType)
      Copy.apply(zero.broadcast(to: output.shape), into: output.imaginaryPart)
    default: Packets.forEach([input], output) { CastLoops.run(source, target, $0) }
    }
  }
}

extension ElementType {
  /// Whether elements are bool or numbers.
  var isNumber: Bool {
    switch self {
    case .opaque, .object: false
    default: true
    }
  }

  var isComplex: Bool { self == .complex64 || self == .complex128 }
}

extension Tensor {
  /// One element, 0.
  static func zero(_ type: ElementType) -> Tensor {
    let zero = Tensor(type, [])
    unsafe zero.start.initializeMemory(as: UInt8.self, repeating: 0, count: type.size)
    return zero
  }
}
