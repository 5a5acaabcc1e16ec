/// What quantizing an array, or windows of it, gives: the parts of a stream's content that depend on the values.
struct SZ3Quantized<Element: SZ3Element> {
  /// In the order of the stream.
  var codes: [UInt16]
  /// The elements of the codes 0.
  var unpredictable: [Element] = []
  /// The number of each block's predictor; for block-wise streams.
  var selection: [UInt16] = []

  mutating func append(_ other: SZ3Quantized) {
    codes += other.codes
    unpredictable += other.unpredictable
    selection += other.selection
  }
}

/// The ways of prediction that the encoder chooses from.
enum SZ3Predictor {
  case interpolation(isCubic: Bool, alpha: Double, beta: Double)
  case lorenzo

  /// Small α and β are better for noise, large ones for some smooth data.
  static let candidates: [SZ3Predictor] =
    [true, false].flatMap { isCubic in
      [(1.25, 2.0), (1.0, 1.0), (1.5, 2.5), (2.0, 3.0)].map {
        .interpolation(isCubic: isCubic, alpha: $0.0, beta: $0.1)
      }
    } + [.lorenzo]

  /// Arrays above this get anchors of this distance.
  static let anchorDistance = 4096

  var algorithm: SZ3Config.Algorithm {
    if case .lorenzo = self { .blockwise } else { .interpolation }
  }

  var flags: SZ3Config.Predictors { if case .lorenzo = self { SZ3Blockwise.lorenzo } else { Self.unusedFlags } }

  /// What the reference leaves there for algorithms that have no use for flags.
  static let unusedFlags: SZ3Config.Predictors = [.firstOrder, .secondOrder, .regression]

  func quantize<Element: SZ3Element>(
    _ elements: RawSpan, bound: Double, hasAnchors: Bool, as type: Element.Type = Element.self
  ) throws(TensogramError) -> SZ3Quantized<Element> {
    let count = elements.byteCount / Element.width
    switch self {
    case .interpolation(let isCubic, let alpha, let beta):
      return try interpolation(isCubic, alpha, beta, hasAnchors).grid(count: count, bound: bound).quantize(elements)
    case .lorenzo:
      return try SZ3Blockwise(SZ3Blockwise.lorenzo, count: count).quantize(elements, bound: bound)
    }
  }

  /// The content of a stream of `count` elements (specification §6.1, §7.1).
  func content<Element: SZ3Element>(_ quantized: SZ3Quantized<Element>, count: Int, bound: Double) -> SZ3Writer {
    var writer = SZ3Writer()
    switch self {
    case .interpolation(let isCubic, let alpha, let beta):
      interpolation(isCubic, alpha, beta, count > Self.anchorDistance).write(count: count, to: &writer)
    case .lorenzo:
      writer.append(UInt64(quantized.selection.count))
      SZ3HuffmanCode(quantized.selection).write(quantized.selection, to: &writer)
    }
    SZ3Quantizer<Element>.write(bound: bound, values: quantized.unpredictable, to: &writer)
    SZ3HuffmanCode(quantized.codes).write(quantized.codes, repeatingCount: true, to: &writer)
    return writer
  }

  private func interpolation(
    _ isCubic: Bool, _ alpha: Double, _ beta: Double, _ hasAnchors: Bool
  ) -> SZ3Interpolation {
    SZ3Interpolation(
      isCubic: isCubic, alpha: alpha, beta: beta, anchorDistance: hasAnchors ? Self.anchorDistance : 0)
  }
}
