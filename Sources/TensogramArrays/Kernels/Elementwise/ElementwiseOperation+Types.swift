extension ElementwiseOperation {
  /// The type of the result for inputs of one type, as numpy has it; nil where there is no native loop for that type.
  ///
  /// The condition of ``where`` is bool besides; opaque elements and objects have no loops at all.
  public func resultType(_ input: ElementType) -> ElementType? {
    switch input {
    case .bool: boolResult
    case .int8, .int16, .int32, .int64: integerResult(input, isSigned: true)
    case .uint8, .uint16, .uint32, .uint64: integerResult(input, isSigned: false)
    case .float16, .bfloat16, .float32, .float64: floatResult(input)
    case .complex64, .complex128: complexResult(input)
    case .opaque, .object: nil
    }
  }

  private var boolResult: ElementType? {
    switch self {
    case .add, .multiply, .maximum, .minimum, .fmax, .fmin, .bitwiseAnd, .bitwiseOr, .bitwiseXor, .invert, .absolute,
      .real, .where, .clip:
      .bool
    case .signbit: nil
    default: isPredicate ? .bool : nil
    }
  }

  private func integerResult(_ input: ElementType, isSigned: Bool) -> ElementType? {
    switch self {
    case .add, .subtract, .multiply, .floorDivide, .remainder, .fmod, .maximum, .minimum, .fmax, .fmin, .bitwiseAnd,
      .bitwiseOr, .bitwiseXor, .leftShift, .rightShift, .negative, .positive, .absolute, .sign, .square, .floor, .ceil,
      .trunc, .invert, .conjugate, .real, .where, .clip:
      input
    // A negative exponent is an error of numpy's, which only its own loop reports.
    case .power: isSigned ? nil : input
    case .signbit: nil
    default: isPredicate ? .bool : nil
    }
  }

  private func floatResult(_ input: ElementType) -> ElementType? {
    switch self {
    case .bitwiseAnd, .bitwiseOr, .bitwiseXor, .leftShift, .rightShift, .invert, .imag: nil
    // The neighbours of float32 values are not those of 16 bits.
    case .nextafter where input.size == 2: nil
    default: isPredicate ? .bool : input
    }
  }

  private func complexResult(_ input: ElementType) -> ElementType? {
    let part: ElementType = input == .complex64 ? .float32 : .float64
    return switch self {
    case .add, .subtract, .multiply, .divide, .negative, .positive, .square, .conjugate, .where: input
    case .absolute, .real, .imag: part
    case .equal, .notEqual, .logicalAnd, .logicalOr, .logicalXor, .logicalNot, .isnan, .isfinite, .isinf: .bool
    default: nil
    }
  }

  /// Whether the result is bool, whatever the input is.
  var isPredicate: Bool {
    switch self {
    case .equal, .notEqual, .less, .lessEqual, .greater, .greaterEqual, .logicalAnd, .logicalOr, .logicalXor,
      .logicalNot, .isnan, .isfinite, .isinf, .signbit:
      true
    default: false
    }
  }
}
