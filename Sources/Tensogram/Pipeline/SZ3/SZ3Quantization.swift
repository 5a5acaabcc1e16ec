/// Makes codes from elements and predictions (specification §11.2), and the elements as they will be decoded.
struct SZ3Quantization<Element: SZ3Element>: SZ3Coder, ~Copyable, ~Escapable {
  static var radius: Int { 32768 }

  private var codes: MutableSpan<UInt16>
  private let bound: Double
  private let inverse: Double
  private var nextCode = 0
  /// The elements that got code 0.
  private(set) var unpredictable: [Element] = []

  /// Writes to the whole of `codes`, one for each element.
  @_lifetime(copy codes)
  init(_ codes: consuming MutableSpan<UInt16>, bound: Double) {
    self.codes = codes
    self.bound = bound
    inverse = 0.5 / bound
  }

  /// Adding and subtracting this rounds a double below 2^51 to an integer, which is then also in its lowest bits.
  private static var roundingOffset: Double { 0x1.8p52 }

  /// The nearest number of steps of twice the bound.
  @inline(__always)
  func steps(_ difference: Double) -> Double {
    (difference * inverse + Self.roundingOffset) - Self.roundingOffset
  }

  @inline(__always)
  mutating func code(_ element: Element, prediction: Element) -> Element {
    let steps = steps(element.widened - prediction.widened)
    if let decoded = code(element, prediction: prediction, steps: steps) { return decoded }
    codes[nextCode] = 0
    nextCode &+= 1
    unpredictable.append(element)
    return element
  }

  /// As ``code(_:prediction:)`` with a known number of steps; `nil` where that breaks the bound.
  @inline(__always)
  mutating func code(_ element: Element, prediction: Element, steps: Double) -> Element? {
    let decoded = Element(rounding: prediction.widened + (steps + steps) * bound)
    // False as well where anything is NaN: the prediction or the inverse may have overflowed.
    guard abs(steps) < Double(Self.radius), abs(decoded.widened - element.widened) <= bound else { return nil }
    codes[nextCode] =
      UInt16(truncatingIfNeeded: (steps + Self.roundingOffset).bitPattern) &+ UInt16(Self.radius)
    nextCode &+= 1
    return decoded
  }
}
