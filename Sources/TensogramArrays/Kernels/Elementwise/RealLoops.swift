/// The loops of float32 and float64.
enum RealLoops<Element: RealNumber> {
  /// False where the operation has none.
  @inline(__always)
  static func run(_ operation: ElementwiseOperation, _ packet: Packet) -> Bool {
    arithmetic(operation, packet) || comparison(operation, packet) || rounding(operation, packet)
      || function(operation, packet)
  }

  @inline(__always)
  private static func arithmetic(_ operation: ElementwiseOperation, _ packet: Packet) -> Bool {
    switch operation {
    case .add: packet.forEachPair(Element.self) { $0 + $1 }
    case .subtract: packet.forEachPair(Element.self) { $0 - $1 }
    case .multiply: packet.forEachPair(Element.self) { $0 * $1 }
    case .divide: packet.forEachPair(Element.self) { $0 / $1 }
    case .floorDivide: packet.forEachPair(Element.self) { $1 == 0 ? $0 / $1 : divide($0, $1).quotient }
    case .remainder: packet.forEachPair(Element.self) { $1 == 0 ? Element.fmod($0, $1) : divide($0, $1).remainder }
    case .fmod: packet.forEachPair(Element.self) { Element.fmod($0, $1) }
    case .maximum: packet.forEachPair(Element.self, maximum)
    case .minimum: packet.forEachPair(Element.self, minimum)
    case .fmax: packet.forEachPair(Element.self) { $0 > $1 || $1 != $1 ? $0 : $1 }
    case .fmin: packet.forEachPair(Element.self) { $0 < $1 || $1 != $1 ? $0 : $1 }
    case .copysign: packet.forEachPair(Element.self) { Element(signOf: $1, magnitudeOf: $0) }
    case .negative: packet.forEach(Element.self) { -$0 }
    case .absolute: packet.forEach(Element.self) { abs($0) }
    case .sign: packet.forEach(Element.self) { $0 > 0 ? 1 : $0 < 0 ? -1 : $0 == 0 ? 0 : $0 }
    case .square: packet.forEach(Element.self) { $0 * $0 }
    case .reciprocal: packet.forEach(Element.self) { 1 / $0 }
    case .sqrt: packet.forEach(Element.self) { $0.squareRoot() }
    case .deg2rad: packet.forEach(Element.self) { $0 * (Element.pi / 180) }
    case .rad2deg: packet.forEach(Element.self) { $0 * (180 / Element.pi) }
    case .clip: packet.forEachTriple(Element.self, Element.self) { minimum(maximum($0, $1), $2) }
    default: return false
    }
    return true
  }

  @inline(__always)
  private static func comparison(_ operation: ElementwiseOperation, _ packet: Packet) -> Bool {
    switch operation {
    case .equal: packet.forEachPair(Element.self) { UInt8(truth: $0 == $1) }
    case .notEqual: packet.forEachPair(Element.self) { UInt8(truth: $0 != $1) }
    case .less: packet.forEachPair(Element.self) { UInt8(truth: $0 < $1) }
    case .lessEqual: packet.forEachPair(Element.self) { UInt8(truth: $0 <= $1) }
    case .greater: packet.forEachPair(Element.self) { UInt8(truth: $0 > $1) }
    case .greaterEqual: packet.forEachPair(Element.self) { UInt8(truth: $0 >= $1) }
    case .logicalAnd: packet.forEachPair(Element.self) { UInt8(truth: $0 != 0) & UInt8(truth: $1 != 0) }
    case .logicalOr: packet.forEachPair(Element.self) { UInt8(truth: $0 != 0) | UInt8(truth: $1 != 0) }
    case .logicalXor: packet.forEachPair(Element.self) { UInt8(truth: $0 != 0) ^ UInt8(truth: $1 != 0) }
    case .logicalNot: packet.forEach(Element.self) { UInt8(truth: $0 == 0) }
    case .isnan: packet.forEach(Element.self) { UInt8(truth: $0 != $0) }
    case .isinf: packet.forEach(Element.self) { UInt8(truth: abs($0) == Element.infinity) }
    case .isfinite: packet.forEach(Element.self) { UInt8(truth: abs($0) < Element.infinity) }
    case .signbit: packet.forEach(Element.self) { UInt8(truth: Element(signOf: $0, magnitudeOf: 1) < 0) }
    default: return false
    }
    return true
  }

  @inline(__always)
  private static func rounding(_ operation: ElementwiseOperation, _ packet: Packet) -> Bool {
    switch operation {
    case .rint: packet.forEach(Element.self, nearest)
    case .floor: packet.forEach(Element.self) { Element(signOf: $0, magnitudeOf: floor($0)) }
    case .ceil:
      packet.forEach(Element.self) { value in
        let near = nearest(value)
        return Element(signOf: value, magnitudeOf: near < value ? near + 1 : near)
      }
    case .trunc: packet.forEach(Element.self) { Element(signOf: $0, magnitudeOf: floor(abs($0))) }
    default: return false
    }
    return true
  }

  @inline(__always)
  private static func function(_ operation: ElementwiseOperation, _ packet: Packet) -> Bool {
    if let function = operation.realFunction {
      packet.forEach(Element.self) { Element.call(function, $0) }
    } else if let function = operation.realFunction2 {
      packet.forEachPair(Element.self) { Element.call(function, $0, $1) }
    } else if operation == .logaddexp {
      packet.forEachPair(Element.self) { addExponentials($0, $1, .exp, scale: 1) }
    } else if operation == .logaddexp2 {
      packet.forEachPair(Element.self) { addExponentials($0, $1, .exp2, scale: 1 / Element.log2) }
    } else {
      return false
    }
    return true
  }

  @inline(__always)
  private static func maximum(_ a: Element, _ b: Element) -> Element { a > b || a != a ? a : b }

  @inline(__always)
  private static func minimum(_ a: Element, _ b: Element) -> Element { a < b || a != a ? a : b }

  /// To the nearest integer, to the even one of two, by arithmetic that vectors have: from `integers` on the spacing is 1.
  @inline(__always)
  private static func nearest(_ value: Element) -> Element {
    let magnitude = abs(value)
    let near = (magnitude + integers) - integers
    return magnitude < integers ? Element(signOf: value, magnitudeOf: near) : value
  }

  @inline(__always)
  private static var integers: Element {
    Element(sign: .plus, exponent: Element.Exponent(Element.significandBitCount), significand: 1)
  }

  @inline(__always)
  private static func floor(_ value: Element) -> Element {
    let near = nearest(value)
    return near > value ? near - 1 : near
  }

  /// Quotient rounded down, and the remainder that has the divisor's sign, as Python's `divmod` has them.
  private static func divide(_ a: Element, _ b: Element) -> (quotient: Element, remainder: Element) {
    var remainder = Element.fmod(a, b)
    var quotient = (a - remainder) / b
    if remainder == 0 {
      remainder = Element(signOf: b, magnitudeOf: 0)
    } else if (b < 0) != (remainder < 0) {
      remainder += b
      quotient -= 1
    }
    if quotient == 0 { return (Element(signOf: a / b, magnitudeOf: 0), remainder) }
    let floored = floor(quotient)
    return (quotient - floored > 0.5 ? floored + 1 : floored, remainder)
  }

  /// log(exp(a) + exp(b)) in the base of `exponential`, without overflow.
  private static func addExponentials(
    _ a: Element, _ b: Element, _ exponential: RealFunction, scale: Element
  ) -> Element {
    let difference = a - b
    if a == b { return a + Element.log2 * scale }
    if difference != difference { return difference }
    return max(a, b) + scale * Element.call(.log1p, Element.call(exponential, -abs(difference)))
  }
}

extension RealNumber {
  /// The natural logarithm of 2.
  static var log2: Self { 0.693147180559945309417232121458176568 }
}

extension ElementwiseOperation {
  /// The function of the C library that the operation is.
  fileprivate var realFunction: RealFunction? {
    switch self {
    case .cbrt: .cbrt
    case .exp: .exp
    case .exp2: .exp2
    case .expm1: .expm1
    case .log: .log
    case .log2: .log2
    case .log10: .log10
    case .log1p: .log1p
    case .sin: .sin
    case .cos: .cos
    case .tan: .tan
    case .arcsin: .asin
    case .arccos: .acos
    case .arctan: .atan
    case .sinh: .sinh
    case .cosh: .cosh
    case .tanh: .tanh
    case .arcsinh: .asinh
    case .arccosh: .acosh
    case .arctanh: .atanh
    default: nil
    }
  }

  fileprivate var realFunction2: RealFunction2? {
    switch self {
    case .power: .pow
    case .hypot: .hypot
    case .arctan2: .atan2
    case .nextafter: .nextafter
    default: nil
    }
  }
}
