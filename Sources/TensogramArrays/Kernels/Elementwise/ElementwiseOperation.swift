/// The operations from elements to elements that are computed natively, by the names of numpy's ufuncs.
///
/// Values are numpy's: integers wrap around, their division by zero gives 0, and the remainder has the divisor's sign.
public enum ElementwiseOperation: String, CaseIterable, Sendable {
  case add, subtract, multiply, divide
  case floorDivide = "floor_divide"
  case remainder, fmod, power
  case maximum, minimum, fmax, fmin
  case equal
  case notEqual = "not_equal"
  case less
  case lessEqual = "less_equal"
  case greater
  case greaterEqual = "greater_equal"
  case logicalAnd = "logical_and"
  case logicalOr = "logical_or"
  case logicalXor = "logical_xor"
  case bitwiseAnd = "bitwise_and"
  case bitwiseOr = "bitwise_or"
  case bitwiseXor = "bitwise_xor"
  case leftShift = "left_shift"
  case rightShift = "right_shift"
  case hypot, arctan2, copysign, nextafter, logaddexp, logaddexp2

  case negative, positive, absolute, sign, square, reciprocal, sqrt, cbrt
  case exp, exp2, expm1, log, log2, log10, log1p
  case sin, cos, tan, arcsin, arccos, arctan, sinh, cosh, tanh, arcsinh, arccosh, arctanh
  case deg2rad, rad2deg
  case floor, ceil, trunc, rint
  case isnan, isfinite, isinf, signbit
  case logicalNot = "logical_not"
  case invert
  case conjugate, real, imag

  /// Of a condition (bool) and two values.
  case `where`
  /// Of a value, a lower and an upper bound.
  case clip

  public var inputCount: Int {
    switch self {
    case .where, .clip: 3
    case .add, .subtract, .multiply, .divide, .floorDivide, .remainder, .fmod, .power, .maximum, .minimum, .fmax,
      .fmin, .equal, .notEqual, .less, .lessEqual, .greater, .greaterEqual, .logicalAnd, .logicalOr, .logicalXor,
      .bitwiseAnd, .bitwiseOr, .bitwiseXor, .leftShift, .rightShift, .hypot, .arctan2, .copysign, .nextafter,
      .logaddexp, .logaddexp2:
      2
    default: 1
    }
  }
}
