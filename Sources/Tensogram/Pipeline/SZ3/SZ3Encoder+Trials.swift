import Glibc

/// Which predictor is best for an array (specification §11.3).
extension SZ3Encoder {
  /// Larger arrays are tried on windows only.
  private static var longestTried: Int { 5 * 1025 }
  private static var fewestWindows: Int { 5 }
  private static var smallestWindow: Int { 1025 }
  private static var largestWindow: Int { 4097 }
  /// One window for so many elements: 1 % of them.
  private static var elementsPerWindow: Int { 100 * largestWindow }
  /// Bytes of a leaf and an inner node of a tree after zstd, by experience.
  private static var leafSize: Double { 7 }
  /// Not worth asking zstd what it would make of them.
  private static var fewBytes: Int { 1024 }
  /// Codes of more bits each are those of noise, where nothing repeats.
  private static var noisyBits: Int { 10 }
  /// zstd leaves more of codes in which nothing repeats.
  private static var repetitionRatio: Double { 0.99 }
  /// Nor can repetitions make up for more than this ratio of sizes.
  private static var openRatio: Double { 3 }

  /// What a predictor makes of an array, or of windows of a large one.
  private struct Trial {
    let predictor: SZ3Predictor
    /// Estimated bytes of the whole content after zstd.
    let size: Double
    /// Whether zstd finds repetitions in the codes.
    let hasRepetitions: Bool
  }

  /// The best predictor; a second one where only compressing everything tells which is better.
  func predictorsToTry(
    _ input: RawSpan, count: Int, bound: Double
  ) throws(TensogramError) -> [SZ3Predictor] {
    let interpolation = try bestInterpolation(input, count: count, bound: bound)
    let lorenzo = try trial(.lorenzo, input, count: count, bound: bound)
    let (better, worse) = interpolation.size < lorenzo.size ? (interpolation, lorenzo) : (lorenzo, interpolation)
    // Repetitions are more the longer the array is, which no window shows.
    let isOpen = worse.hasRepetitions && worse.size < Self.openRatio * better.size
    return isOpen ? [better.predictor, worse.predictor] : [better.predictor]
  }

  /// Tries both interpolants with the likeliest level bounds, then wider ones where those are promising.
  private func bestInterpolation(_ input: RawSpan, count: Int, bound: Double) throws(TensogramError) -> Trial {
    var choice = (isCubic: true, levels: SZ3LevelBounds.close)
    var best = try trial(.interpolation(isCubic: true, .close), input, count: count, bound: bound)
    for (isCubic, levels) in [(true, SZ3LevelBounds.equal), (false, .close), (false, .equal)] {
      let trial = try trial(.interpolation(isCubic: isCubic, levels), input, count: count, bound: bound)
      if trial.size < best.size { (best, choice) = (trial, (isCubic, levels)) }
    }
    while choice.levels != .equal, let wider = SZ3LevelBounds(rawValue: choice.levels.rawValue + 1) {
      let trial = try trial(.interpolation(isCubic: choice.isCubic, wider), input, count: count, bound: bound)
      if trial.size >= best.size { break }
      (best, choice.levels) = (trial, wider)
    }
    return best
  }

  /// Quantizes with a predictor, and estimates the size from the Huffman code's.
  private func trial(
    _ predictor: SZ3Predictor, _ input: RawSpan, count: Int, bound: Double
  ) throws(TensogramError) -> Trial {
    var quantized = SZ3Quantized<Element>(codes: [])
    for window in Self.windows(count: count) {
      let part = input.extracting(window.lowerBound * Element.width..<window.upperBound * Element.width)
      quantized.append(try predictor.quantize(part, bound: bound, hasAnchors: false, workers: workers))
    }
    let code = SZ3HuffmanCode(quantized.codes)
    let symbols = try symbolSize(code, quantized.codes)
    var values = SZ3Writer()
    values.append(quantized.unpredictable)
    // Values near each other share most of their bits.
    let valueSize = values.bytes.count < Self.fewBytes ? values.bytes.count : try box(values).count
    let scale = Double(count) / Double(quantized.codes.count)
    // There is one tree, whatever the size of the array. But where symbols are met that occur only once, more are to
    // come: about as many for each doubling (a harmonic series).
    let leaves = Double(code.leaves.count) + log(scale) * Double(code.rareCount)
    return Trial(
      predictor: predictor, size: Self.leafSize * leaves + scale * Double(symbols.size + valueSize),
      hasRepetitions: symbols.hasRepetitions)
  }

  /// Bytes of the coded symbols, after zstd where that can matter.
  private func symbolSize(
    _ code: SZ3HuffmanCode, _ codes: [UInt16]
  ) throws(TensogramError) -> (size: Int, hasRepetitions: Bool) {
    let size = code.bitCount / 8
    if size < Self.fewBytes || code.bitCount > Self.noisyBits * codes.count {
      return (size, size < Self.fewBytes)
    }
    var symbols = SZ3Writer()
    code.writeSymbols(codes, to: &symbols)
    let boxSize = try box(symbols).count
    return (boxSize, Double(boxSize) < Self.repetitionRatio * Double(size))
  }

  /// The whole of a small array; of a larger one parts in the middle of equal pieces.
  private static func windows(count: Int) -> [Range<Int>] {
    if count <= longestTried { return [0..<count] }
    let windows = max(fewestWindows, count / elementsPerWindow)
    let size = min(largestWindow, max(smallestWindow, count / (4 * windows)))
    let piece = count / windows
    return (0..<windows).map {
      let start = $0 * piece + (piece - size) / 2
      return start..<start + size
    }
  }
}
