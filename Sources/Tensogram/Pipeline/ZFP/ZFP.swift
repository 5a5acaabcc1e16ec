/// zfp: lossy compression of floating-point values in blocks of 4 (libzfp 1; P. Lindstrom, "Fixed-Rate Compressed
/// Floating-Point Arrays", IEEE TVCG 20 (12), 2014), as one 1-D stream without zfp's own header.
///
/// Descriptor: `{"compression": "zfp", "zfp_mode": "fixed_rate", "zfp_rate": 16}`, or `"fixed_precision"` with
/// `"zfp_precision"`, or `"fixed_accuracy"` with `"zfp_tolerance"`.
///
/// Elements are finite and in this machine's byte order. At a fixed rate all blocks take the same number of bits, so a
/// range decodes only the blocks it touches, and several workers share an object.
struct ZFP: CompressionStage {
  enum Element: Sendable {
    case float32, float64

    var width: Int { self == .float32 ? 4 : 8 }
  }

  let mode: Mode
  let element: Element

  init(_ mode: Mode, _ element: Element) {
    self.mode = mode
    self.element = element
  }

  /// Throws an encoding error for any dtype but float32 and float64.
  init(_ parameters: StageParameters, dtype: DType) throws(TensogramError) {
    switch dtype {
    case .float32: element = .float32
    case .float64: element = .float64
    default: throw .encoding("zfp takes float32 and float64, not \(dtype.rawValue)")
    }
    mode = try Mode(parameters)
  }

  var capabilities: StageCapabilities {
    StageCapabilities(decodesRanges: isFixedRate, isParallel: isFixedRate)
  }

  var isFixedRate: Bool {
    if case .fixedRate = mode { true } else { false }
  }

  // MARK: Sizes

  /// Values of a block.
  static let blockLength = 4
  /// Bytes of the words that a stream is made of, little-endian.
  static let wordSize = 8
  static let wordBits = 8 * wordSize

  /// Bytes that a block decodes to.
  var blockSize: Int { Self.blockLength * element.width }

  /// Blocks that hold `byteCount` bytes of values; the last may be filled up.
  func blockCount(_ byteCount: Int) -> Int { byteCount / blockSize + (byteCount % blockSize == 0 ? 0 : 1) }

  func maximumEncodedSize(_ byteCount: Int) throws(TensogramError) -> Int {
    try ZFPCoder(mode, element).streamSize(ofBlocks: blockCount(byteCount))
  }

  /// The most bytes that a payload of `payloadSize` bytes can decode to: every block takes some bits.
  func maximumDecodedSize(_ payloadSize: Int) throws(TensogramError) -> Int {
    let blocks = payloadSize.multipliedFullWidth(by: 8)
    let bits = try ZFPCoder(mode, element).blockBits.lowerBound
    guard blocks.high == 0, blocks.low <= UInt(Int.max) else { return Int.max }
    let (size, overflow) = (Int(blocks.low) / bits).multipliedReportingOverflow(by: blockSize)
    return overflow ? Int.max : size
  }

  // MARK: Encoding

  func encode(
    _ input: RawSpan, into output: inout OutputRawSpan, workers: Workers
  ) throws(TensogramError) -> [(key: String, value: CBORValue)] {
    try requireWholeValues(input.byteCount)
    if input.isEmpty { return [] }
    let room = try maximumEncodedSize(input.byteCount)
    let start = output.byteCount
    let used = try output.append(count: room) { (place) throws(TensogramError) in
      try input.withAligned(to: element.width) { (values) throws(TensogramError) in
        try place.withAligned(to: Self.wordSize) { (words) throws(TensogramError) in
          try compress(values, into: &words, workers)
        }
      }
    }
    output.removeLast(output.byteCount - start - used)
    return []
  }

  func requireWholeValues(_ byteCount: Int) throws(TensogramError) {
    guard byteCount % element.width == 0 else {
      throw .encoding("zfp takes values of \(element.width) bytes, here are \(byteCount) bytes")
    }
  }

  /// Writes the stream of `values` to the start of `words`; returns how long it is.
  private func compress(
    _ values: RawSpan, into words: inout MutableRawSpan, _ workers: Workers
  ) throws(TensogramError) -> Int {
    if isFixedRate { return try compressInSpans(values, into: &words, workers) }
    return try ZFPCoder(mode, element).compress(values, into: &words)
  }

  private func compressInSpans(
    _ values: RawSpan, into words: inout MutableRawSpan, _ workers: Workers
  ) throws(TensogramError) -> Int {
    let size = words.byteCount
    let spans = spans(of: 0..<values.byteCount, for: workers)
    let source = SharedBytes(values)
    let result = SharedMutableBytes(&words)
    try workers.forEach(spans.count) { (index) throws(TensogramError) in
      let span = spans[index]
      let coder = try ZFPCoder(mode, element)
      // A span starts with a multiple of 64 blocks, so with a word of its own.
      let start = try coder.streamSize(ofBlocks: span.lowerBound / blockSize)
      let end = try coder.streamSize(ofBlocks: blockCount(span.upperBound))
      try result.withPart(start..<end) { (place) throws(TensogramError) in
        _ = try coder.compress(source.bytes.extracting(span), into: &place)
      }
    }
    return size
  }

  /// Smaller spans are not worth another thread.
  private static let smallestSpan = 64 << 10
  /// Spans per worker, so that one that is late holds up the others for a short while only.
  private static let spansPerWorker = 4

  /// Cuts `range` for several workers, at multiples of 64 blocks.
  func spans(of range: Range<Int>, for workers: Workers) -> [Range<Int>] {
    let fair = range.count / (workers.count * Self.spansPerWorker)
    if workers.count == 1 || fair < Self.smallestSpan { return [range] }
    let size = fair.roundedUp(to: 64 * blockSize)
    return stride(from: range.lowerBound / size * size, to: range.upperBound, by: size).map {
      max($0, range.lowerBound)..<min($0 + size, range.upperBound)
    }
  }
}
