/// A complex number as it lies in memory.
struct Complex<Part: RealNumber>: BitwiseCopyable {
  var real: Part
  var imaginary: Part

  @inline(__always)
  init(_ real: Part, _ imaginary: Part) {
    self.real = real
    self.imaginary = imaginary
  }

  @inline(__always)
  static func * (a: Complex, b: Complex) -> Complex {
    Complex(a.real * b.real - a.imaginary * b.imaginary, a.real * b.imaginary + a.imaginary * b.real)
  }

  /// By Smith's method (Algorithm 116, 1962), which does not overflow where the quotient does not.
  @inline(__always)
  static func / (a: Complex, b: Complex) -> Complex {
    if abs(b.real) >= abs(b.imaginary) {
      if b.real == 0 && b.imaginary == 0 { return Complex(a.real / abs(b.real), a.imaginary / abs(b.real)) }
      let ratio = b.imaginary / b.real
      let scale = 1 / (b.real + b.imaginary * ratio)
      return Complex((a.real + a.imaginary * ratio) * scale, (a.imaginary - a.real * ratio) * scale)
    }
    let ratio = b.real / b.imaginary
    let scale = 1 / (b.imaginary + b.real * ratio)
    return Complex((a.real * ratio + a.imaginary) * scale, (a.imaginary * ratio - a.real) * scale)
  }

  @inline(__always)
  static func == (a: Complex, b: Complex) -> Bool { a.real == b.real && a.imaginary == b.imaginary }

  @inline(__always)
  var isNonzero: Bool { real != 0 || imaginary != 0 }
}

/// The loops of complex64 and complex128.
enum ComplexLoops<Part: RealNumber> {
  typealias Element = Complex<Part>

  /// False where the operation has none.
  static func run(_ operation: ElementwiseOperation, _ packet: Packet) -> Bool {
    switch operation {
    case .add: packet.forEachPair(Element.self) { Element($0.real + $1.real, $0.imaginary + $1.imaginary) }
    case .subtract: packet.forEachPair(Element.self) { Element($0.real - $1.real, $0.imaginary - $1.imaginary) }
    case .multiply: packet.forEachPair(Element.self) { $0 * $1 }
    case .divide: packet.forEachPair(Element.self) { $0 / $1 }
    case .square: packet.forEach(Element.self) { $0 * $0 }
    case .negative: packet.forEach(Element.self) { Element(-$0.real, -$0.imaginary) }
    case .conjugate: packet.forEach(Element.self) { Element($0.real, -$0.imaginary) }
    case .absolute: packet.forEach(Element.self) { Part.call(.hypot, $0.real, $0.imaginary) }
    case .equal: packet.forEachPair(Element.self) { UInt8(truth: $0 == $1) }
    case .notEqual: packet.forEachPair(Element.self) { UInt8(truth: !($0 == $1)) }
    case .logicalAnd: packet.forEachPair(Element.self) { UInt8(truth: $0.isNonzero && $1.isNonzero) }
    case .logicalOr: packet.forEachPair(Element.self) { UInt8(truth: $0.isNonzero || $1.isNonzero) }
    case .logicalXor: packet.forEachPair(Element.self) { UInt8(truth: $0.isNonzero != $1.isNonzero) }
    case .logicalNot: packet.forEach(Element.self) { UInt8(truth: !$0.isNonzero) }
    case .isnan: packet.forEach(Element.self) { UInt8(truth: $0.real != $0.real || $0.imaginary != $0.imaginary) }
    case .isinf:
      packet.forEach(Element.self) {
        UInt8(truth: abs($0.real) == Part.infinity || abs($0.imaginary) == Part.infinity)
      }
    case .isfinite:
      packet.forEach(Element.self) { UInt8(truth: abs($0.real) < Part.infinity && abs($0.imaginary) < Part.infinity) }
    default: return false
    }
    return true
  }
}
