/// Encodes elements in this machine's byte order as a stream (specification §11).
struct SZ3Encoder<Element: SZ3Element>: ~Copyable {
  let boxes: SZ3Box.Maker
  /// Of the caller, who may want encoding to stop.
  let workers: Workers

  /// Arrays below this are stored without loss: all that a lossy stream needs is larger.
  private static var shortestLossy: Int { 16 }
  /// Where lossy streams do not reach this ratio of sizes, or the elements themselves do, it is worth trying without
  /// loss as well.
  private static var goodRatio: Int { 3 }
  /// Exact values may cost this part more than lossy ones: 1/20.
  private static var exactnessDivisor: Int { 20 }

  private init(_ workers: Workers) throws(TensogramError) {
    boxes = try SZ3Box.Maker()
    self.workers = workers
  }

  private struct Encoded {
    var body: [UInt8]
    var config: SZ3Config
  }

  /// Appends the stream of at least one element. A NaN or infinity is an encoding error.
  static func encode(
    _ input: RawSpan, _ errorBound: SZ3ErrorBound, into output: inout OutputRawSpan, workers: Workers
  ) throws(TensogramError) {
    let encoder = try SZ3Encoder(workers)
    let extent = try SZ3Extent<Element>(input)
    var bound = errorBound.absolute(range: extent.range)
    var encoded = try encoder.encode(input, bound: bound)
    if errorBound.mode == .psnr {
      // The bound is made for errors of an even spread; others can make a little more noise.
      while try encoder.signalToNoise(encoded, input, extent) < errorBound.value {
        bound *= 0.9
        encoded = try encoder.encode(input, bound: bound)
      }
    }
    SZ3Stream.append(encoded.body, encoded.config, to: &output)
  }

  private func signalToNoise(
    _ encoded: Encoded, _ input: RawSpan, _ extent: SZ3Extent<Element>
  ) throws(TensogramError) -> Double {
    if encoded.config.algorithm == .lossless { return .infinity }
    var decoded = try ScratchBuffer(byteCount: input.byteCount)
    var bytes = decoded.mutableBytes
    // Bytes have no padding.
    try SZ3Decoder<Element>.decode(body: unsafe encoded.body.span.bytes, encoded.config, into: &bytes, workers: workers)
    return extent.peakSignalToNoise(of: decoded.bytes, against: input)
  }

  /// The smallest stream found for an absolute bound.
  private func encode(_ input: RawSpan, bound: Double) throws(TensogramError) -> Encoded {
    let count = input.byteCount / Element.width
    // A constant array has no range, a huge one an infinite one.
    if count < Self.shortestLossy || !(bound > 0 && bound.isFinite) {
      let body = try box(input)
      return Encoded(body: body, config: config(.lossless, count: count, bound: bound.isFinite ? bound : 0))
    }
    let lossy = try encodeLossy(input, count: count, bound: bound)
    let isGood = lossy.body.count * Self.goodRatio <= input.byteCount
    if isGood, try !repeatsValues(input, count: count) { return lossy }
    let limit = lossy.body.count + lossy.body.count / Self.exactnessDivisor
    guard let body = try boxes.box(input, limit: limit, workers: workers) else { return lossy }
    return Encoded(body: body, config: config(.lossless, count: count, bound: bound))
  }

  /// Whether a part from the middle compresses well as it is.
  private func repeatsValues(_ input: RawSpan, count: Int) throws(TensogramError) -> Bool {
    let size = min(count, 2048)
    let start = (count - size) / 2
    let part = input.extracting(start * Element.width..<(start + size) * Element.width)
    return try boxes.box(part, limit: part.byteCount / Self.goodRatio) != nil
  }

  private func encodeLossy(_ input: RawSpan, count: Int, bound: Double) throws(TensogramError) -> Encoded {
    var best: Encoded?
    for predictor in try predictorsToTry(input, count: count, bound: bound) {
      let quantized: SZ3Quantized<Element> = try predictor.quantize(
        input, bound: bound, hasAnchors: count > SZ3Predictor.anchorDistance, workers: workers)
      let body = try box(predictor.content(quantized, count: count, bound: bound))
      if let best, best.body.count <= body.count { continue }
      let config = config(predictor.algorithm, predictor.flags, count: count, bound: bound)
      best = Encoded(body: body, config: config)
    }
    guard let best else { throw .sz3("no predictor for \(count) elements") }
    return best
  }

  // Bytes have no padding.
  func box(_ content: SZ3Writer) throws(TensogramError) -> [UInt8] { try box(unsafe content.bytes.span.bytes) }

  private func box(_ content: RawSpan) throws(TensogramError) -> [UInt8] {
    guard let box = try boxes.box(content, workers: workers) else { throw .sz3("zstd has no room") }
    return box
  }

  private func config(
    _ algorithm: SZ3Config.Algorithm, _ flags: SZ3Config.Predictors = SZ3Predictor.unusedFlags, count: Int,
    bound: Double
  ) -> SZ3Config {
    SZ3Config(count: count, algorithm: algorithm, bound: bound, predictors: flags, dataType: Element.dataType)
  }
}
