import Synchronization

/// Decodes a payload in parts of whole intervals, with a look at whether to stop between them, and by several workers
/// where offsets tell where parts start.
struct SzipParts {
  private let parameters: SzipParameters
  private let decoder: SzipDecoder
  /// Without them, or with some that do not suit, there is one part.
  private let offsets: SzipOffsets?

  init(_ parameters: SzipParameters, _ offsets: SzipOffsets?) {
    self.parameters = parameters
    self.offsets = offsets
    decoder = SzipDecoder(parameters)
  }

  /// Samples of parts.
  private var partSizes: PieceSizes {
    PieceSizes(smallest: 16 << 10, largest: 4 << 20, unit: parameters.samplesPerInterval)
  }

  /// Decodes the whole payload, from its start to its end, into the whole of `output`.
  func decodeInOrder(
    _ payload: RawSpan, into output: inout MutableRawSpan, workers: Workers
  ) throws(TensogramError) {
    let width = parameters.bytesPerSample
    var end = 0
    for samples in workers.pieces(of: 0..<output.byteCount / width, partSizes) {
      try workers.checkCancelled()
      var part = output._mutatingExtracting(samples.lowerBound * width..<samples.upperBound * width)
      end = try decoder.decode(payload, at: end, into: &part)
    }
    try checkEnd(end, of: payload, output.byteCount)
  }

  /// As ``decodeInOrder(_:into:workers:)``, and with the same result. Returns `false`, with anything in `output`, where the
  /// offsets do not fit the stream or it is damaged.
  func decodeInParallel(
    _ payload: RawSpan, into output: inout MutableRawSpan, workers: Workers
  ) throws(TensogramError) -> Bool {
    let samples = 0..<output.byteCount / parameters.bytesPerSample
    do throws(TensogramError) {
      let end = try decode(samples, from: payload, at: 0, anchor: 0, into: &output, workers: workers)
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
  /// whole one. Starts at interval `anchor`, which is at or before the first of them, and whose offset is sure.
  ///
  /// Returns the bit after the last block that was needed. An offset that is not where the part before it ends is an error.
  func decode(
    _ samples: Range<Int>, from payload: RawSpan, at firstByte: Int, anchor: Int, into output: inout MutableRawSpan,
    workers: Workers
  ) throws(TensogramError) -> Int {
    let size = parameters.samplesPerInterval
    let width = parameters.bytesPerSample
    let starts = starts(of: samples, in: payload, from: firstByte, anchor: anchor, workers: workers)
    let source = SharedBytes(payload)
    let result = SharedMutableBytes(&output)
    let lastBit = Atomic(0)
    try workers.forEach(starts.count) { (part) throws(TensogramError) in
      let next = part + 1 < starts.count ? starts[part + 1] : nil
      let end = next.map { $0 * size } ?? samples.upperBound
      let wanted = max(starts[part] * size, samples.lowerBound)..<end
      let bytes = (wanted.lowerBound - samples.lowerBound) * width..<(wanted.upperBound - samples.lowerBound) * width
      let bit = try result.withPart(bytes) { (output) throws(TensogramError) in
        try decoder.decode(
          source.bytes, at: offset(starts[part]) - firstByte * 8, skipping: wanted.lowerBound - starts[part] * size,
          into: &output)
      }
      if let next { return try check(bit + firstByte * 8, next) }
      lastBit.store(bit, ordering: .relaxed)
    }
    return lastBit.load(ordering: .relaxed)
  }

  /// The intervals at which parts start, from `anchor` on.
  private func starts(
    of samples: Range<Int>, in payload: RawSpan, from firstByte: Int, anchor: Int, workers: Workers
  ) -> [Int] {
    let size = parameters.samplesPerInterval
    let first = samples.lowerBound / size
    var starts = [anchor]
    for part in workers.pieces(of: samples, partSizes).dropFirst() {
      let interval = part.lowerBound / size
      let last = starts[starts.count - 1]
      let start = offsets?.anchor(
        of: interval, notBefore: max(last, first) + 1, in: payload, from: firstByte, parameters)
      if let start { starts.append(start) }
    }
    return starts
  }

  private func offset(_ interval: Int) -> Int { offsets?[interval] ?? 0 }

  private func check(_ end: Int, _ interval: Int) throws(TensogramError) {
    let end = parameters.flags.contains(.paddedIntervals) ? end.roundedUp(to: 8) : end
    guard end == offset(interval) else {
      throw .metadata(
        "\(SzipOffsets.key)[\(interval)] is \(offset(interval)), but that interval starts at bit \(end)")
    }
  }
}
