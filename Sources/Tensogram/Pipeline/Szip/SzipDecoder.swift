/// Decodes streams of CCSDS 121.0-B-3 adaptive entropy coding, all or from the start of an interval on.
///
///     let decoder = SzipDecoder(parameters)
///     let end = try decoder.decode(payload, into: &samples)
///
/// Whatever the payload holds, it is left within its bounds and gives samples within their range, or an error.
struct SzipDecoder {
  let parameters: SzipParameters

  init(_ parameters: SzipParameters) { self.parameters = parameters }

  /// Decodes from the start of an interval, at `bit` of `payload`, as many samples as `output` has room for: the rest of
  /// that interval, and the next ones.
  ///
  /// Returns the bit after the last block that was needed.
  @discardableResult
  func decode(
    _ payload: RawSpan, at bit: Int = 0, into output: inout MutableRawSpan
  ) throws(TensogramError) -> Int {
    try decode(payload, at: bit, skipping: 0, into: &output)
  }

  /// As ``decode(_:at:into:)``, without the first `skipped` samples, which are decoded but not written.
  @discardableResult
  func decode(
    _ payload: RawSpan, at bit: Int, skipping skipped: Int, into output: inout MutableRawSpan
  ) throws(TensogramError) -> Int {
    guard 0...payload.byteCount * 8 ~= bit else {
      throw .compression("szip error: bit \(bit) is not in a payload of \(payload.byteCount) bytes")
    }
    let isBigEndian = parameters.flags.contains(.mostSignificantFirst)
    return switch parameters.bytesPerSample {
    case 1: try decode(payload, bit, skipped, into: &output, as: LittleEndianSample<UInt8>.self)
    case 2 where isBigEndian: try decode(payload, bit, skipped, into: &output, as: BigEndianSample<UInt16>.self)
    case 2: try decode(payload, bit, skipped, into: &output, as: LittleEndianSample<UInt16>.self)
    case 3 where isBigEndian: try decode(payload, bit, skipped, into: &output, as: BigEndianSample24.self)
    case 3: try decode(payload, bit, skipped, into: &output, as: LittleEndianSample24.self)
    case _ where isBigEndian: try decode(payload, bit, skipped, into: &output, as: BigEndianSample<UInt32>.self)
    default: try decode(payload, bit, skipped, into: &output, as: LittleEndianSample<UInt32>.self)
    }
  }

  /// Values that are decoded before they are turned into samples: few enough to stay in the first-level cache.
  private static let pieceSize = 2048

  private func decode<Sample: SzipSample>(
    _ payload: RawSpan, _ bit: Int, _ skipped: Int, into output: inout MutableRawSpan, as type: Sample.Type
  ) throws(TensogramError) -> Int {
    let size = parameters.blockSize
    let wanted = skipped..<skipped + output.byteCount / Sample.width
    let blockCount = (wanted.upperBound + size - 1) / size
    let capacity = min(max(Self.pieceSize / size, 1), max(blockCount, 1)) * size
    var valueBuffer = try ScratchBuffer(byteCount: capacity * 4)
    var bytes = valueBuffer.mutableBytes
    // Any bits are an integer, and the buffer is aligned.
    var values = unsafe bytes._unsafeMutableView(as: UInt32.self)
    var blocks = SzipBlockReader(parameters, payload, at: bit)
    var predictor = SzipPredictor(parameters.sampleRange)
    var done = 0
    while done < wanted.upperBound {
      let place = done % parameters.samplesPerInterval
      if place == 0 && done > 0 { blocks.startInterval() }
      let needed = min(parameters.samplesPerInterval - place, blockCount * size - done)
      var piece = values._mutatingExtracting(0..<min(needed, capacity))
      try blocks.read(into: &piece)
      if place == 0 && parameters.usesReferences {
        predictor.start(reference: piece[0])
        piece[0] = 0
      }
      let count = min(piece.count, wanted.upperBound - done)
      let unwanted = min(max(wanted.lowerBound - done, 0), count)
      write(piece.span.extracting(first: unwanted), &predictor, to: &output, as: NoSample.self)
      let offset = (done + unwanted - wanted.lowerBound) * Sample.width
      var rest = output._mutatingExtracting(droppingFirst: max(offset, 0))
      write(piece.span.extracting(unwanted..<count), &predictor, to: &rest, as: type)
      done += count
    }
    return blocks.position
  }

  @inline(__always)
  private func write<Sample: SzipSampleDestination>(
    _ values: Span<UInt32>, _ predictor: inout SzipPredictor, to output: inout MutableRawSpan, as type: Sample.Type
  ) {
    if parameters.usesReferences {
      predictor.restore(values, into: &output, as: type)
    } else {
      for index in values.indices { Sample.store(values[index], &output, index) }
    }
  }
}
