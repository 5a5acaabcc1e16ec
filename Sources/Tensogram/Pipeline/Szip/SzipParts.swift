import Synchronization

/// Decodes a payload in parts of whole intervals, with a look at whether to stop between them, and by several workers
/// where offsets tell where parts start.
struct SzipParts {
  private let parameters: SzipParameters
  private let decoder: SzipDecoder

  init(_ parameters: SzipParameters) {
    self.parameters = parameters
    decoder = SzipDecoder(parameters)
  }

  /// Samples that are decoded between two looks at whether the caller wants to stop.
  private static let largestPart = 4 << 20
  /// Fewer samples are not worth another thread.
  private static let smallestPart = 16 << 10
  /// Parts per worker, so that one that is late holds up the others for a short while only.
  private static let partsPerWorker = 4

  /// Decodes the whole payload, from its start to its end, into the whole of `output`.
  func decodeInOrder(
    _ payload: RawSpan, into output: inout MutableRawSpan, workers: Workers
  ) throws(TensogramError) {
    let partSize = intervalsIn(Self.largestPart) * parameters.samplesPerInterval * parameters.bytesPerSample
    var end = 0
    var offset = 0
    while offset < output.byteCount {
      try workers.checkCancelled()
      let next = min(offset + partSize, output.byteCount)
      var part = output._mutatingExtracting(offset..<next)
      end = try decoder.decode(payload, at: end, into: &part)
      offset = next
    }
    try checkEnd(end, of: payload, output.byteCount)
  }

  /// As ``decodeInOrder(_:into:workers:)``, and the same result. Returns `false`, having written anything to `output`,
  /// where the offsets do not fit the stream or it is damaged.
  func decodeInParallel(
    _ payload: RawSpan, _ offsets: SzipOffsets, into output: inout MutableRawSpan, workers: Workers
  ) throws(TensogramError) -> Bool {
    let samples = 0..<output.byteCount / parameters.bytesPerSample
    do throws(TensogramError) {
      let end = try decode(samples, from: payload, at: 0, offsets, into: &output, workers: workers)
      try checkEnd(end, of: payload, output.byteCount)
      return true
    } catch {
      if error.kind == .cancelled { throw error }
      return false
    }
  }

  private func checkEnd(_ end: Int, of payload: RawSpan, _ decodedSize: Int) throws(TensogramError) {
    let used = (end + 7) / 8
    // Of no samples libaec makes one byte, others none.
    guard used == payload.byteCount || decodedSize == 0 && payload.byteCount == 1 else {
      throw .compression(
        "szip error: \(decodedSize) bytes are decoded from the first \(used) bytes of the payload, which has "
          + "\(payload.byteCount)")
    }
  }

  /// Decodes `samples` into `output` from `payload`, which holds their intervals and starts at byte `firstByte` of the
  /// whole one.
  ///
  /// Returns the bit after the last block that was needed. An offset that is not where the interval before it ends is an
  /// error.
  @discardableResult
  func decode(
    _ samples: Range<Int>, from payload: RawSpan, at firstByte: Int, _ offsets: SzipOffsets,
    into output: inout MutableRawSpan, workers: Workers
  ) throws(TensogramError) -> Int {
    let size = parameters.samplesPerInterval
    let width = parameters.bytesPerSample
    let first = samples.lowerBound / size
    let intervals = (samples.upperBound - 1) / size + 1 - first
    let fair = workers.count == 1 ? Self.largestPart : samples.count / (workers.count * Self.partsPerWorker)
    let perPart = intervalsIn(min(max(fair, Self.smallestPart), Self.largestPart))
    let parts = (intervals + perPart - 1) / perPart
    let base = firstByte * 8
    let source = SharedBytes(payload)
    let result = SharedMutableBytes(&output)
    let lastBit = Atomic(0)
    try workers.forEach(parts) { (part) throws(TensogramError) in
      let start = first + part * perPart
      let end = first + min((part + 1) * perPart, intervals)
      let wanted = max(start * size, samples.lowerBound)..<min(end * size, samples.upperBound)
      let bytes = (wanted.lowerBound - samples.lowerBound) * width..<(wanted.upperBound - samples.lowerBound) * width
      let bit = try result.withPart(bytes) { (part) throws(TensogramError) in
        try decoder.decode(
          source.bytes, at: offsets[start] - base, skipping: wanted.lowerBound - start * size, into: &part)
      }
      if part < parts - 1 { return try check(bit + base, offsets, end) }
      lastBit.store(bit, ordering: .relaxed)
    }
    return lastBit.load(ordering: .relaxed)
  }

  private func check(_ end: Int, _ offsets: SzipOffsets, _ interval: Int) throws(TensogramError) {
    let end = parameters.flags.contains(.paddedIntervals) ? end.roundedUp(to: 8) : end
    guard end == offsets[interval] else {
      throw .metadata(
        "\(SzipOffsets.key)[\(interval)] is \(offsets[interval]), but that interval starts at bit \(end)")
    }
  }

  /// Whole intervals that make about `samples`, at least one.
  private func intervalsIn(_ samples: Int) -> Int { max(samples / parameters.samplesPerInterval, 1) }
}
