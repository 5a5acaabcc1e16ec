/// The loops of integers.
enum IntegerLoops<Element: FixedWidthInteger & BitwiseCopyable & SendableMetatype> {
  /// False where the operation has none.
  @inline(__always)
  static func run(_ operation: ElementwiseOperation, _ packet: Packet) -> Bool {
    arithmetic(operation, packet) || comparison(operation, packet) || bitwise(operation, packet)
  }

  @inline(__always)
  private static func arithmetic(_ operation: ElementwiseOperation, _ packet: Packet) -> Bool {
    switch operation {
    case .add: packet.forEachPair(Element.self) { $0 &+ $1 }
    case .subtract: packet.forEachPair(Element.self) { $0 &- $1 }
    case .multiply: packet.forEachPair(Element.self) { $0 &* $1 }
    case .floorDivide: packet.forEachPair(Element.self, floorDivide)
    case .remainder: packet.forEachPair(Element.self, remainder)
    case .fmod: packet.forEachPair(Element.self, truncatingRemainder)
    case .power: packet.forEachPair(Element.self, power)
    case .maximum, .fmax: packet.forEachPair(Element.self) { $0 > $1 ? $0 : $1 }
    case .minimum, .fmin: packet.forEachPair(Element.self) { $0 < $1 ? $0 : $1 }
    case .negative: packet.forEach(Element.self) { 0 &- $0 }
    case .absolute: packet.forEach(Element.self) { $0 < 0 ? 0 &- $0 : $0 }
    case .sign: packet.forEach(Element.self) { $0 > 0 ? 1 : $0 < 0 ? 0 &- 1 : 0 as Element }
    case .square: packet.forEach(Element.self) { $0 &* $0 }
    case .clip:
      packet.forEachTriple(Element.self, Element.self) { value, low, high in
        let raised = value > low ? value : low
        return raised < high ? raised : high
      }
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
    case .logicalOr: packet.forEachPair(Element.self) { UInt8(truth: $0 | $1 != 0) }
    case .logicalXor: packet.forEachPair(Element.self) { UInt8(truth: $0 != 0) ^ UInt8(truth: $1 != 0) }
    case .logicalNot: packet.forEach(Element.self) { UInt8(truth: $0 == 0) }
    case .isnan, .isinf: packet.forEach(Element.self) { _ in 0 as UInt8 }
    case .isfinite: packet.forEach(Element.self) { _ in 1 as UInt8 }
    default: return false
    }
    return true
  }

  @inline(__always)
  private static func bitwise(_ operation: ElementwiseOperation, _ packet: Packet) -> Bool {
    switch operation {
    case .bitwiseAnd: packet.forEachPair(Element.self) { $0 & $1 }
    case .bitwiseOr: packet.forEachPair(Element.self) { $0 | $1 }
    case .bitwiseXor: packet.forEachPair(Element.self) { $0 ^ $1 }
    case .invert: packet.forEach(Element.self) { ~$0 }
    // Of a shift beyond the width, or by a negative number, nothing is left but the sign.
    case .leftShift: packet.forEachPair(Element.self) { isShift($1) ? $0 &<< $1 : 0 }
    case .rightShift: packet.forEachPair(Element.self) { isShift($1) ? $0 &>> $1 : $0 < 0 ? ~0 : 0 }
    default: return false
    }
    return true
  }

  @inline(__always)
  private static func isShift(_ bits: Element) -> Bool { bits >= 0 && bits < Element(Element.bitWidth) }

  @inline(__always)
  private static func floorDivide(_ a: Element, _ b: Element) -> Element {
    if b == 0 { return 0 }
    if Element.isSigned && b == 0 &- 1 { return 0 &- a }
    let (quotient, remainder) = a.quotientAndRemainder(dividingBy: b)
    return remainder != 0 && (remainder < 0) != (b < 0) ? quotient &- 1 : quotient
  }

  @inline(__always)
  private static func remainder(_ a: Element, _ b: Element) -> Element {
    let remainder = truncatingRemainder(a, b)
    return remainder != 0 && (remainder < 0) != (b < 0) ? remainder &+ b : remainder
  }

  @inline(__always)
  private static func truncatingRemainder(_ a: Element, _ b: Element) -> Element {
    b == 0 || (Element.isSigned && b == 0 &- 1) ? 0 : a % b
  }

  /// By squaring; `exponent` is not negative.
  private static func power(_ base: Element, _ exponent: Element) -> Element {
    var (result, square, rest) = (1 as Element, base, exponent)
    while rest != 0 {
      if rest & 1 != 0 { result = result &* square }
      square = square &* square
      rest = rest &>> 1
    }
    return result
  }
}
