/// How much closer the bounds of coarse levels are: the first is for noise, the last for some smooth data.
enum SZ3LevelBounds: Int {
  case equal, close, wider, widest

  var parameters: (alpha: Double, beta: Double) {
    switch self {
    case .equal: (1, 1)
    case .close: (1.25, 2)
    case .wider: (1.5, 2.5)
    case .widest: (2, 3)
    }
  }
}

/// The ways of prediction that the encoder chooses from.
enum SZ3Predictor {
  case interpolation(isCubic: Bool, SZ3LevelBounds)
  case lorenzo

  /// Arrays above this get anchors of this distance.
  static let anchorDistance = 4096

  var algorithm: SZ3Config.Algorithm {
    if case .lorenzo = self { .blockwise } else { .interpolation }
  }

  var flags: SZ3Config.Predictors { if case .lorenzo = self { SZ3Blockwise.lorenzo } else { Self.unusedFlags } }

  /// What the reference leaves there for algorithms that have no use for flags.
  static let unusedFlags: SZ3Config.Predictors = [.firstOrder, .secondOrder, .regression]

  func quantize<Element: SZ3Element>(
    _ elements: RawSpan, bound: Double, hasAnchors: Bool, workers: Workers, as type: Element.Type = Element.self
  ) throws(TensogramError) -> SZ3Quantized<Element> {
    let count = elements.byteCount / Element.width
    switch self {
    case .interpolation(let isCubic, let levels):
      let grid = interpolation(isCubic, levels, hasAnchors).grid(count: count, bound: bound)
      return try grid.quantize(elements, workers: workers)
    case .lorenzo:
      return try SZ3Blockwise(SZ3Blockwise.lorenzo, count: count).quantize(elements, bound: bound, workers: workers)
    }
  }

  /// The content of a stream of `count` elements (specification §6.1, §7.1).
  func content<Element: SZ3Element>(_ quantized: SZ3Quantized<Element>, count: Int, bound: Double) -> SZ3Writer {
    var writer = SZ3Writer()
    switch self {
    case .interpolation(let isCubic, let levels):
      interpolation(isCubic, levels, count > Self.anchorDistance).write(count: count, to: &writer)
    case .lorenzo:
      writer.append(UInt64(quantized.selection.count))
      SZ3HuffmanCode(quantized.selection).write(quantized.selection, to: &writer)
    }
    SZ3Quantizer<Element>.write(bound: bound, values: quantized.unpredictable, to: &writer)
    SZ3HuffmanCode(quantized.codes).write(quantized.codes, repeatingCount: true, to: &writer)
    return writer
  }

  private func interpolation(
    _ isCubic: Bool, _ levels: SZ3LevelBounds, _ hasAnchors: Bool
  ) -> SZ3Interpolation {
    SZ3Interpolation(
      isCubic: isCubic, alpha: levels.parameters.alpha, beta: levels.parameters.beta,
      anchorDistance: hasAnchors ? Self.anchorDistance : 0)
  }
}
