/// Encodes elements in this machine's byte order as a stream (specification §11).
struct SZ3Encoder<Element: SZ3Element>: ~Copyable {
  let boxes: SZ3Box.Maker

  /// Arrays below this are stored without loss: all that a lossy stream needs is larger.
  private static var shortestLossy: Int { 16 }
  /// Larger arrays are tried on windows only.
  private static var longestTried: Int { 2 * windowSize }
  private static var windowSize: Int { 4097 }
  /// One window for so many elements: 1 % of them.
  private static var elementsPerWindow: Int { 100 * windowSize }
  /// Below this ratio of sizes it is worth trying without loss as well.
  private static var goodRatio: Int { 3 }

  private init() throws(TensogramError) { boxes = try SZ3Box.Maker() }

  private struct Encoded {
    var body: [UInt8]
    var config: SZ3Config
  }

  /// Appends the stream of at least one element. A NaN or infinity is an encoding error.
  static func encode(
    _ input: RawSpan, _ errorBound: SZ3ErrorBound, into output: inout OutputRawSpan
  ) throws(TensogramError) {
    let encoder = try SZ3Encoder()
    let extent = try SZ3Extent<Element>(input)
    var bound = errorBound.absolute(range: extent.range)
    var encoded = try encoder.encode(input, bound: bound)
    if errorBound.mode == .psnr {
      // The bound is made for errors of an even spread; others can make a little more noise.
      while try noiseRatio(encoded, input, extent.range) < errorBound.value {
        bound *= 0.9
        encoded = try encoder.encode(input, bound: bound)
      }
    }
    SZ3Stream.append(encoded.body, encoded.config, to: &output)
  }

  private static func noiseRatio(
    _ encoded: Encoded, _ input: RawSpan, _ range: Double
  ) throws(TensogramError) -> Double {
    if encoded.config.algorithm == .lossless { return .infinity }
    var decoded = try ScratchBuffer(byteCount: input.byteCount)
    var bytes = decoded.mutableBytes
    // Bytes have no padding.
    try SZ3Decoder<Element>.decode(body: unsafe encoded.body.span.bytes, encoded.config, into: &bytes)
    return sz3PeakSignalToNoise(input, decoded.bytes, range: range, Element.self)
  }

  private func encode(_ input: RawSpan, bound: Double) throws(TensogramError) -> Encoded {
    let count = input.byteCount / Element.width
    // A constant array has no range, a huge one an infinite one.
    if count < Self.shortestLossy || !(bound > 0 && bound.isFinite) {
      guard let body = try boxes.box(input) else { throw .sz3("zstd has no room for \(count) elements") }
      return Encoded(body: body, config: config(.lossless, count: count, bound: bound.isFinite ? bound : 0))
    }
    let lossy = try encodeLossy(input, count: count, bound: bound)
    guard lossy.body.count * Self.goodRatio > input.byteCount else { return lossy }
    guard let body = try boxes.box(input, limit: lossy.body.count) else { return lossy }
    return Encoded(body: body, config: config(.lossless, count: count, bound: bound))
  }

  private func encodeLossy(_ input: RawSpan, count: Int, bound: Double) throws(TensogramError) -> Encoded {
    let predictor = try bestPredictor(input, count: count, bound: bound)
    let quantized = try predictor.quantize(
      input, bound: bound, hasAnchors: count > SZ3Predictor.anchorDistance, as: Element.self)
    let content = predictor.content(quantized, count: count, bound: bound)
    let body = try box(content)
    return Encoded(body: body, config: config(predictor.algorithm, predictor.flags, count: count, bound: bound))
  }

  private func bestPredictor(_ input: RawSpan, count: Int, bound: Double) throws(TensogramError) -> SZ3Predictor {
    var best = (size: Double.infinity, predictor: SZ3Predictor.candidates[0])
    for predictor in SZ3Predictor.candidates {
      let size = try estimatedSize(input, count: count, bound: bound, predictor)
      if size < best.size { best = (size, predictor) }
    }
    return best.predictor
  }

  /// The size of the body, from a few windows of a large array.
  private func estimatedSize(
    _ input: RawSpan, count: Int, bound: Double, _ predictor: SZ3Predictor
  ) throws(TensogramError) -> Double {
    if count <= Self.longestTried {
      let quantized: SZ3Quantized<Element> = try predictor.quantize(
        input, bound: bound, hasAnchors: count > SZ3Predictor.anchorDistance)
      return Double(try box(predictor.content(quantized, count: count, bound: bound)).count)
    }
    var quantized = SZ3Quantized<Element>(codes: [])
    for start in Self.windowStarts(count: count) {
      let window = input.extracting(start * Element.width..<(start + Self.windowSize) * Element.width)
      quantized.append(try predictor.quantize(window, bound: bound, hasAnchors: false))
    }
    let code = SZ3HuffmanCode(quantized.codes)
    // The tree is there once, whatever the size of the array; all the rest grows with it.
    var tree = SZ3Writer()
    code.writeTree(to: &tree)
    var rest = SZ3Writer()
    code.writeSymbols(quantized.codes, to: &rest)
    rest.append(quantized.unpredictable)
    let scale = Double(count) / Double(quantized.codes.count)
    return Double(try box(tree).count) + scale * Double(try box(rest).count)
  }

  /// Where the windows start: at both ends, and evenly between them.
  private static func windowStarts(count: Int) -> [Int] {
    let windows = max(2, count / elementsPerWindow)
    return (0..<windows).map { (count - windowSize) / (windows - 1) * $0 }
  }

  private func box(_ content: SZ3Writer) throws(TensogramError) -> [UInt8] {
    // Bytes have no padding.
    guard let box = try boxes.box(unsafe content.bytes.span.bytes) else { throw .sz3("zstd has no room") }
    return box
  }

  private func config(
    _ algorithm: SZ3Config.Algorithm, _ flags: SZ3Config.Predictors = SZ3Predictor.unusedFlags, count: Int,
    bound: Double
  ) -> SZ3Config {
    SZ3Config(count: count, algorithm: algorithm, bound: bound, predictors: flags, dataType: Element.dataType)
  }
}
