/// CCSDS 121.0-B-3 adaptive entropy coding, in the dialect of libaec.
///
/// Descriptor: `{"compression": "szip", "szip_rsi": 128, "szip_block_size": 16, "szip_flags": 8}`, all optional, and
/// `szip_block_offsets`, the bit at which each interval of rsi × block size samples starts. With these, ranges are decoded
/// from the intervals that hold them, and several workers share one payload; the codec adds them when encoding.
struct Szip: CompressionStage {
  /// As the codec uses them: with the flags that follow from the samples' width and source.
  let parameters: SzipParameters
  /// As the descriptor has them.
  let declaredFlags: UInt32
  let offsets: SzipOffsets?
  /// Samples are packed without gaps, so they are bytes in memory only for some widths.
  private let isPacked: Bool

  /// Samples of `bitsPerSample` bits, which come from `simple_packing` where `isPacked`.
  init(_ parameters: StageParameters, bitsPerSample: Int, isPacked: Bool) throws(TensogramError) {
    declaredFlags = UInt32(
      truncatingIfNeeded: try parameters.integer("szip_flags", in: 0...Int(UInt32.max))
        ?? Int(SzipFlags.preprocess.rawValue))
    var flags = SzipFlags(rawValue: declaredFlags)
    if isPacked { flags.insert(.mostSignificantFirst) }
    if 17...24 ~= bitsPerSample { flags.insert(.threeBytes) }
    self.parameters = try SzipParameters(
      bitsPerSample: bitsPerSample,
      blockSize: try parameters.integer("szip_block_size", in: 0...Int.max) ?? 16,
      interval: try parameters.integer("szip_rsi", in: 0...Int.max) ?? 128,
      flags: flags)
    offsets = try SzipOffsets(parameters)
    self.isPacked = isPacked
  }

  var capabilities: StageCapabilities {
    StageCapabilities(decodesRanges: offsets != nil, isParallel: offsets != nil)
  }

  // MARK: Encoding

  func maximumEncodedSize(_ byteCount: Int) throws(TensogramError) -> Int {
    try SzipEncoder(parameters).maximumSize(byteCount)
  }

  func maximumParameterSize(_ byteCount: Int) -> Int {
    let (intervals, _) = intervals(byteCount).multipliedReportingOverflow(by: 9)
    return intervals + 128
  }

  func encode(
    _ input: RawSpan, into output: inout OutputRawSpan, workers: Workers
  ) throws(TensogramError) -> [(key: String, value: CBORValue)] {
    try requireWholeBytes()
    try requireWholeSamples(input.byteCount)
    let encoder = SzipEncoder(parameters)
    let room = try encoder.maximumSize(input.byteCount)
    var offsets: [Int] = []
    let size = try output.append(count: room) { (bytes) throws(TensogramError) in
      let result = try encoder.encode(input, into: &bytes, workers: workers)
      offsets = result.offsets
      return result.size
    }
    output.removeLast(room - size)
    return [
      ("szip_rsi", CBORValue(parameters.interval)), ("szip_block_size", CBORValue(parameters.blockSize)),
      ("szip_flags", CBORValue(Int(declaredFlags))),
      (SzipOffsets.key, .array(offsets.map { CBORValue($0) })),
    ]
  }

  /// Throws an encoding error where packed samples are not whole bytes: what would be coded are parts of several.
  private func requireWholeBytes() throws(TensogramError) {
    let bits = parameters.bitsPerSample
    if isPacked && bits % 8 != 0 {
      throw .encoding(
        "szip takes simple_packing with sp_bits_per_value 8, 16, 24 or 32, got \(bits); the next that works is "
          + "\(bits.roundedUp(to: 8))")
    }
  }

  // MARK: Decoding

  func decode(_ payload: RawSpan, into output: inout MutableRawSpan, workers: Workers) throws(TensogramError) {
    try requireWholeSamples(output.byteCount)
    let parts = SzipParts(parameters, offsets)
    if workers.count > 1, offsets?.count == intervals(output.byteCount),
      try parts.decodeInParallel(payload, into: &output, workers: workers)
    {
      return
    }
    // The stream alone is enough: offsets that do not fit it cost speed, not data.
    try parts.decodeInOrder(payload, into: &output, workers: workers)
  }

  func decode(
    _ range: Range<Int>, of decodedSize: Int, from payload: PayloadWindow, into output: inout MutableRawSpan,
    workers: Workers
  ) throws(TensogramError) {
    guard let offsets else { throw .rangeNotSupported("range decode not supported by szip without \(SzipOffsets.key)") }
    try requireWholeSamples(decodedSize)
    guard range.lowerBound >= 0, range.upperBound <= decodedSize, range.count == output.byteCount else {
      throw .object("bytes \(range) are not within the \(decodedSize) bytes that the payload decodes to")
    }
    guard offsets.count == intervals(decodedSize) else {
      throw .metadata(
        "\(SzipOffsets.key) holds \(offsets.count) offsets, but \(decodedSize) bytes have \(intervals(decodedSize)) "
          + "intervals")
    }
    if range.isEmpty { return }
    let width = parameters.bytesPerSample
    let samples = range.lowerBound / width..<(range.upperBound - 1) / width + 1
    if range.lowerBound % width == 0 && range.count % width == 0 {
      return try decode(samples, from: payload, offsets, into: &output, workers: workers)
    }
    // Bits of a packed element may lie in parts of samples.
    var whole = try ScratchBuffer(byteCount: samples.count * width)
    var bytes = whole.mutableBytes
    try decode(samples, from: payload, offsets, into: &bytes, workers: workers)
    let start = range.lowerBound % width
    output.copy(whole.bytes.extracting(start..<start + range.count))
  }

  private func decode(
    _ samples: Range<Int>, from payload: PayloadWindow, _ offsets: SzipOffsets, into output: inout MutableRawSpan,
    workers: Workers
  ) throws(TensogramError) {
    let size = parameters.samplesPerInterval
    let intervals = samples.lowerBound / size..<(samples.upperBound - 1) / size + 1
    var lookBack = 0
    while true {
      let first = max(intervals.lowerBound - lookBack, 0)
      let window = try offsets.bytes(of: first..<intervals.upperBound, payloadSize: payload.count, parameters)
      let isDone = try payload.withBytes(window) { (bytes) throws(TensogramError) in
        guard
          let anchor = offsets.anchor(
            of: intervals.lowerBound, notBefore: first, in: bytes, from: window.lowerBound, parameters)
        else { return false }
        _ = try SzipParts(parameters, offsets).decode(
          samples, from: bytes, at: window.lowerBound, anchor: anchor, into: &output, workers: workers)
        return true
      }
      if isDone { return }
      lookBack = max(lookBack * 8, 16)
    }
  }

  /// Reference sample intervals of so many bytes.
  private func intervals(_ byteCount: Int) -> Int {
    let size = parameters.samplesPerInterval * parameters.bytesPerSample
    return byteCount / size + (byteCount % size == 0 ? 0 : 1)
  }

  private func requireWholeSamples(_ byteCount: Int) throws(TensogramError) {
    guard byteCount % parameters.bytesPerSample == 0 else {
      throw .encoding(
        "szip: \(byteCount) bytes are not a whole number of \(parameters.bitsPerSample)-bit samples of "
          + "\(parameters.bytesPerSample) bytes")
    }
  }
}
