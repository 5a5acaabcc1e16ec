import Glibc

/// float32 and float64: what loops and reductions of floating point are written for.
protocol RealNumber: BinaryFloatingPoint, BitwiseCopyable, SendableMetatype
where RawSignificand: FixedWidthInteger & BitwiseCopyable {
  /// From the C library.
  static func call(_ function: RealFunction, _ x: Self) -> Self
  static func call(_ function: RealFunction2, _ x: Self, _ y: Self) -> Self
  static func fmod(_ x: Self, _ y: Self) -> Self

  /// Without the fraction; the least value where that does not fit.
  var truncatedToInt32: Int32 { get }
  var truncatedToInt64: Int64 { get }
}

/// Functions of one number in the C library.
enum RealFunction {
  case cbrt, exp, exp2, expm1, log, log2, log10, log1p
  case sin, cos, tan, asin, acos, atan, sinh, cosh, tanh, asinh, acosh, atanh
}

/// Functions of two numbers in the C library.
enum RealFunction2 { case pow, hypot, atan2, nextafter }

extension Float: RealNumber {
  @inline(__always)
  static func call(_ function: RealFunction, _ x: Float) -> Float {
    switch function {
    case .cbrt: cbrtf(x)
    case .exp: expf(x)
    case .exp2: exp2f(x)
    case .expm1: expm1f(x)
    case .log: logf(x)
    case .log2: log2f(x)
    case .log10: log10f(x)
    case .log1p: log1pf(x)
    case .sin: sinf(x)
    case .cos: cosf(x)
    case .tan: tanf(x)
    case .asin: asinf(x)
    case .acos: acosf(x)
    case .atan: atanf(x)
    case .sinh: sinhf(x)
    case .cosh: coshf(x)
    case .tanh: tanhf(x)
    case .asinh: asinhf(x)
    case .acosh: acoshf(x)
    case .atanh: atanhf(x)
    }
  }

  @inline(__always)
  static func call(_ function: RealFunction2, _ x: Float, _ y: Float) -> Float {
    switch function {
    case .pow: powf(x, y)
    case .hypot: hypotf(x, y)
    case .atan2: atan2f(x, y)
    case .nextafter: nextafterf(x, y)
    }
  }

  @inline(__always)
  static func fmod(_ x: Float, _ y: Float) -> Float { fmodf(x, y) }

  // The comparisons are those that the conversion makes itself, and so are made once.
  @inline(__always)
  var truncatedToInt32: Int32 { self > -2_147_483_904 && self < 2_147_483_648 ? Int32(self) : .min }

  @inline(__always)
  var truncatedToInt64: Int64 {
    self > -9_223_373_136_366_403_584 && self < 9_223_372_036_854_775_808 ? Int64(self) : .min
  }
}

extension Double: RealNumber {
  @inline(__always)
  static func call(_ function: RealFunction, _ x: Double) -> Double {
    switch function {
    case .cbrt: Glibc.cbrt(x)
    case .exp: Glibc.exp(x)
    case .exp2: Glibc.exp2(x)
    case .expm1: Glibc.expm1(x)
    case .log: Glibc.log(x)
    case .log2: Glibc.log2(x)
    case .log10: Glibc.log10(x)
    case .log1p: Glibc.log1p(x)
    case .sin: Glibc.sin(x)
    case .cos: Glibc.cos(x)
    case .tan: Glibc.tan(x)
    case .asin: Glibc.asin(x)
    case .acos: Glibc.acos(x)
    case .atan: Glibc.atan(x)
    case .sinh: Glibc.sinh(x)
    case .cosh: Glibc.cosh(x)
    case .tanh: Glibc.tanh(x)
    case .asinh: Glibc.asinh(x)
    case .acosh: Glibc.acosh(x)
    case .atanh: Glibc.atanh(x)
    }
  }

  @inline(__always)
  static func call(_ function: RealFunction2, _ x: Double, _ y: Double) -> Double {
    switch function {
    case .pow: Glibc.pow(x, y)
    case .hypot: Glibc.hypot(x, y)
    case .atan2: Glibc.atan2(x, y)
    case .nextafter: Glibc.nextafter(x, y)
    }
  }

  @inline(__always)
  static func fmod(_ x: Double, _ y: Double) -> Double { Glibc.fmod(x, y) }

  // The comparisons are those that the conversion makes itself, and so are made once.
  @inline(__always)
  var truncatedToInt32: Int32 { self > -2_147_483_649 && self < 2_147_483_648 ? Int32(self) : .min }

  @inline(__always)
  var truncatedToInt64: Int64 {
    self > -9_223_372_036_854_777_856 && self < 9_223_372_036_854_775_808 ? Int64(self) : .min
  }
}
