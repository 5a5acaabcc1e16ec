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

  /// A block takes at least a bit.
  func maximumDecodedSize(_ payloadSize: Int) throws(TensogramError) -> Int? {
    let blocks = payloadSize / (try ZFPCoder(mode, element).blockBits.lowerBound)
    let (size, overflow) = blocks.multipliedReportingOverflow(by: 8 * blockSize)
    let (limit, isTooLarge) = size.addingReportingOverflow(8 * blockSize)
    return overflow || isTooLarge ? nil : limit
  }

  // MARK: Encoding

  func encode(
    _ input: RawSpan, into output: inout OutputRawSpan, workers: Workers
  ) throws(TensogramError) -> [(key: String, value: CBORValue)] {
    try requireWholeValues(input.byteCount)
    if input.isEmpty { return [] }
    let start = output.byteCount
    let used = try output.append(count: maximumEncodedSize(input.byteCount)) { (place) throws(TensogramError) in
      try input.withAligned(to: element.width) { (values) throws(TensogramError) in
        try place.withAligned(to: Self.wordSize) { (words) throws(TensogramError) in
          isFixedRate
            ? try encodeInSpans(values, into: &words, workers) : try encodeInOrder(values, into: &words, workers)
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

  /// Fills `words`, which have exactly the stream's size; returns that.
  private func encodeInSpans(
    _ values: RawSpan, into words: inout MutableRawSpan, _ workers: Workers
  ) throws(TensogramError) -> Int {
    let size = words.byteCount
    let source = SharedBytes(values)
    let result = SharedMutableBytes(&words)
    try workers.forEachPiece(of: 0..<values.byteCount, spanSizes) { (span) throws(TensogramError) in
      let coder = try ZFPCoder(mode, element)
      // A span starts with a multiple of 64 blocks, so with a word of its own.
      let start = try coder.streamSize(ofBlocks: span.lowerBound / blockSize)
      let end = try coder.streamSize(ofBlocks: blockCount(span.upperBound))
      try result.withPart(start..<end) { (place) throws(TensogramError) in
        var position = 0
        try encode(source.bytes.extracting(span), coder, from: &position, into: &place)
        Self.pad(&place, from: position)
      }
    }
    return size
  }

  /// Writes one block after the other to `words`, which have room for all; returns how many bytes that took.
  private func encodeInOrder(
    _ values: RawSpan, into words: inout MutableRawSpan, _ workers: Workers
  ) throws(TensogramError) -> Int {
    let coder = try ZFPCoder(mode, element)
    var position = 0
    for span in workers.pieces(of: 0..<values.byteCount, spanSizes) {
      try workers.checkCancelled()
      try encode(values.extracting(span), coder, from: &position, into: &words)
    }
    return Self.pad(&words, from: position)
  }

  private func encode(
    _ values: RawSpan, _ coder: borrowing ZFPCoder, from position: inout Int, into words: inout MutableRawSpan
  ) throws(TensogramError) {
    let done = coder.encode(values, from: &position, into: &words)
    guard done == values.byteCount else {
      throw .compression("zfp error: no room for \((values.byteCount - done) / element.width) values")
    }
  }

  /// Sets what is left of the last word to 0: some libraries, as Debian's, are built to end with any byte. Returns where
  /// that word ends.
  @discardableResult
  private static func pad(_ words: inout MutableRawSpan, from bit: Int) -> Int {
    let end = bit.roundedUp(to: wordBits) / 8
    var rest = words._mutatingExtracting(bit.roundedUp(to: 8) / 8..<end)
    rest.fillWithZeros()
    return end
  }

  /// Bytes of spans, of multiples of 64 blocks: at any rate these take whole words.
  var spanSizes: PieceSizes { PieceSizes(smallest: 64 << 10, largest: 4 << 20, unit: 64 * blockSize) }
}
