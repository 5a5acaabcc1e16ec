/// Makes elements from codes and predictions (specification §5.1).
struct SZ3Dequantization<Element: SZ3Element, Code: SZ3Code>: SZ3Coder, ~Copyable, ~Escapable {
  private let codes: Span<Code>
  private let quantizer: SZ3Quantizer<Element>
  private let radius: Int32
  private let bound: Double
  private var nextCode = 0
  /// The number of the next value that was not predicted.
  private(set) var nextValue: Int

  /// Takes `codes`, one for each element.
  ///
  /// The caller has checked that there are as many values from `firstValue` on as codes 0.
  @_lifetime(copy codes, copy quantizer)
  init(_ codes: Span<Code>, _ quantizer: SZ3Quantizer<Element>, bound: Double, firstValue: Int = 0) {
    self.codes = codes
    self.quantizer = quantizer
    radius = Int32(quantizer.radius)
    self.bound = bound
    nextValue = firstValue
  }

  @inline(__always)
  mutating func code(_ element: Element, prediction: Element) -> Element {
    let code = codes[nextCode]
    nextCode &+= 1
    if code == 0 {
      nextValue &+= 1
      return quantizer.value(nextValue &- 1)
    }
    // Neither overflows: codes and radius are below 2^31, and not negative.
    let steps = Double(Int32(truncatingIfNeeded: code) &- radius)
    return Element(rounding: prediction.widened + (steps + steps) * bound)
  }
}

extension Span where Element: SZ3Code {
  /// How many of the codes in `range` stand for a value that was not predicted.
  func countOfZeros(in range: Range<Int>) -> Int {
    var zeros = 0
    for start in stride(from: range.lowerBound, to: range.upperBound, by: 1 << 12) {
      let part = extracting(start..<Swift.min(start + (1 << 12), range.upperBound))
      // As wide as the codes, so that it is counted in vectors of them.
      var partZeros: Element = 0
      for index in part.indices { partZeros &+= part[index] == 0 ? 1 : 0 }
      zeros += Int(partZeros)
    }
    return zeros
  }
}
