import Glibc

/// Minimum and maximum of an array.
struct SZ3Extent<Element: SZ3Element> {
  private(set) var minimum: Element
  private(set) var maximum: Element

  /// Of at least one element. A NaN or infinity is an encoding error that gives its index.
  init(_ elements: RawSpan) throws(TensogramError) {
    let count = elements.byteCount / Element.width
    minimum = elements.element(0)
    maximum = minimum
    var finite = true
    for index in 0..<count {
      let element: Element = elements.element(index)
      minimum = element < minimum ? element : minimum
      maximum = element > maximum ? element : maximum
      // NaN for what is not finite.
      finite = finite && element - element == 0
    }
    if finite { return }
    for index in 0..<count {
      let element: Element = elements.element(index)
      if !element.isFinite { throw .encoding("sz3: \(element) at element \(index), only finite ones can be encoded") }
    }
  }

  var range: Double { maximum.widened - minimum.widened }

  /// The peak signal-to-noise ratio in dB of decoded elements, the range being the peak; infinite where they are equal
  /// to the originals.
  func peakSignalToNoise(of decoded: RawSpan, against original: RawSpan) -> Double {
    let count = original.byteCount / Element.width
    var sum = 0.0
    for index in 0..<count {
      let x: Element = original.element(index)
      let y: Element = decoded.element(index)
      let difference = (x.widened - y.widened) / range
      sum += difference * difference
    }
    return sum > 0 ? -10 * log10(sum / Double(count)) : .infinity
  }
}
