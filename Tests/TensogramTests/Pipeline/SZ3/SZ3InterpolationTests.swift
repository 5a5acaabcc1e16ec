import Glibc
import Testing

@testable import Tensogram

/// The traversal in tiles against the specification's own words, level by level over the whole array.
@Suite struct SZ3InterpolationTests {
  struct Scheme: CustomTestStringConvertible {
    var isCubic = true
    var blockLength = 32
    var anchorDistance = 0
    var alpha = 1.25
    var beta = 2.0

    var testDescription: String {
      "\(isCubic ? "cubic" : "linear"), blocks of \(blockLength), anchors \(anchorDistance), \(alpha), \(beta)"
    }
  }

  static let schemes = [
    Scheme(), Scheme(isCubic: false), Scheme(anchorDistance: 4096), Scheme(isCubic: false, anchorDistance: 4096),
    Scheme(blockLength: 2), Scheme(blockLength: 4, anchorDistance: 16), Scheme(blockLength: 6, anchorDistance: 64),
    Scheme(blockLength: 1 << 31, anchorDistance: 256), Scheme(anchorDistance: 1), Scheme(anchorDistance: 2),
    Scheme(anchorDistance: 1 << 62), Scheme(alpha: 1, beta: 1), Scheme(alpha: 1.7, beta: 9),
    Scheme(alpha: 0.5, beta: 2), Scheme(alpha: -1, beta: 2), Scheme(alpha: 1e300, beta: 3),
  ]

  @Test(arguments: schemes)
  func decodesAsSpecified(scheme: Scheme) throws {
    for count in [1, 2, 3, 4, 5, 6, 7, 8, 16, 17, 33, 34, 35, 36, 65, 100, 1000, 4096, 4097, 4099] {
      try expectAsSpecified(scheme, count: count, as: Double.self)
      try expectAsSpecified(scheme, count: count, as: Float.self)
    }
  }

  @Test(arguments: [Scheme(anchorDistance: 4096), Scheme(blockLength: 4, anchorDistance: 16)])
  func decodesManyTilesAsSpecified(scheme: Scheme) throws {
    try expectAsSpecified(scheme, count: 140_001, as: Double.self)
  }

  private func expectAsSpecified<Element: SZ3Element>(_ scheme: Scheme, count: Int, as type: Element.Type) throws {
    var random = SeededGenerator(seed: UInt64(count))
    let codes = (0..<count).map { _ in
      Int.random(in: 0..<9, using: &random) == 0 ? 0 : UInt16(32768 + Int.random(in: -9...9, using: &random))
    }
    let values = (0..<count).map { _ in Element(Double.random(in: -50...50, using: &random)) }
    let parameters = SZ3Interpolation(
      isCubic: scheme.isCubic, alpha: scheme.alpha, beta: scheme.beta, blockLength: scheme.blockLength,
      anchorDistance: scheme.anchorDistance)
    var writer = SZ3Writer()
    parameters.write(count: count, to: &writer)
    SZ3Quantizer.write(bound: 0.1, values: values, to: &writer)
    SZ3HuffmanCode(codes).write(codes, repeatingCount: true, to: &writer)

    var output = try ScratchBuffer(byteCount: count * Element.width)
    try SZ3.fill(&output) { (bytes) throws(TensogramError) in
      var reader = SZ3Reader(writer.bytes.span.bytes)
      var elements = SZ3Elements<Element>(bytes._mutatingExtracting(0..<bytes.byteCount))
      try SZ3Interpolation.decode(&reader, into: &elements)
    }
    let plain = PlainInterpolation(scheme, codes, values).decode(bound: 0.1)
    #expect(output.elements(as: Element.self).map(\.widened) == plain.map(\.widened), "\(count) elements")
  }
}

/// Specification §6.2 and §6.3, word for word.
private struct PlainInterpolation<Element: SZ3Element> {
  private let scheme: SZ3InterpolationTests.Scheme
  private var codes: ArraySlice<UInt16>
  private var values: ArraySlice<Element>
  private var x: [Element]

  init(_ scheme: SZ3InterpolationTests.Scheme, _ codes: [UInt16], _ values: [Element]) {
    self.scheme = scheme
    self.codes = codes[...]
    self.values = values[...]
    x = [Element](repeating: 0, count: codes.count)
  }

  consuming func decode(bound: Double) -> [Element] {
    let n = x.count
    var top = 0
    if scheme.anchorDistance == 0 || scheme.anchorDistance >= n {
      x[0] = take(0, bound)
      while 1 << top < n { top += 1 }
    } else {
      for i in stride(from: 0, to: n, by: scheme.anchorDistance) {
        codes.removeFirst()
        x[i] = values.removeFirst()
      }
      top = scheme.anchorDistance.trailingZeroBitCount
    }
    for level in stride(from: top, to: 0, by: -1) {
      let s = 1 << (level - 1)
      let span = scheme.blockLength.multipliedReportingOverflow(by: s)
      for b in stride(from: 0, to: n, by: span.overflow ? n : span.partialValue) {
        let e = span.overflow ? n - 1 : min(b + span.partialValue, n - 1)
        block(b, s, points: (e - b) / s + 1, levelBound(bound, level))
      }
    }
    return x
  }

  private func levelBound(_ bound: Double, _ level: Int) -> Double {
    if scheme.alpha >= 1 { return bound / min(pow(scheme.alpha, Double(level - 1)), scheme.beta) }
    return scheme.alpha < 0 && level >= 3 ? bound * 0.5 : bound
  }

  private mutating func block(_ b: Int, _ s: Int, points g: Int, _ q: Double) {
    func v(_ i: Int) -> Element { x[b + i * s] }
    func set(_ i: Int, _ prediction: Element) { x[b + i * s] = take(prediction, q) }
    if g <= 1 { return }
    if !scheme.isCubic || g < 5 {
      for i in stride(from: 1, to: g - 1, by: 2) { set(i, (v(i - 1) + v(i + 1)) / 2) }
      if g % 2 == 0 {
        let extended = g == 2 ? 0 : Element(rounding: -0.5 * v(g - 4).widened + 1.5 * v(g - 2).widened)
        set(g - 1, g == 2 ? v(0) : extended)
      }
      return
    }
    for i in stride(from: 3, to: g - 3, by: 2) { set(i, (-v(i - 3) + 9 * v(i - 1) + 9 * v(i + 1) - v(i + 3)) / 16) }
    set(1, (3 * v(0) + 6 * v(2) - v(4)) / 8)
    let i = g % 2 == 1 ? g - 2 : g - 3
    set(i, (-v(i - 3) + 6 * v(i - 1) + 3 * v(i + 1)) / 8)
    if g % 2 == 0 { set(g - 1, (3 * v(g - 6) - 10 * v(g - 4) + 15 * v(g - 2)) / 8) }
  }

  private mutating func take(_ prediction: Element, _ bound: Double) -> Element {
    let code = codes.removeFirst()
    if code == 0 { return values.removeFirst() }
    return Element(rounding: prediction.widened + Double(2 * (Int(code) - 32768)) * bound)
  }
}
