/// Encodes samples as CCSDS 121.0-B-3 adaptive entropy coding, in the very bits that libaec writes.
///
///     let encoder = SzipEncoder(parameters)
///     let (size, offsets) = try encoder.encode(samples, into: &output)
///
/// The exception is ``SzipFlags/paddedIntervals``: libaec only reads such streams.
struct SzipEncoder {
  let parameters: SzipParameters

  init(_ parameters: SzipParameters) { self.parameters = parameters }

  /// The most bytes that ``encode(_:into:workers:)`` writes for `byteCount` bytes, or needs as working room.
  func maximumSize(_ byteCount: Int) throws(TensogramError) -> Int {
    guard let size = SzipBlockWriter.maximumSize(byteCount / parameters.bytesPerSample, parameters) else {
      throw .encoding("szip cannot take \(byteCount) bytes at once")
    }
    return size
  }

  /// Encodes all of `samples` to the start of `output`, which has room for ``maximumSize(_:)``.
  ///
  /// Returns the bytes written, and the bit at which each interval starts. A sample that does not fit its bits is an
  /// encoding error that gives its index.
  func encode(
    _ samples: RawSpan, into output: inout MutableRawSpan, workers: Workers = Workers()
  ) throws(TensogramError) -> (size: Int, offsets: [Int]) {
    let isBigEndian = parameters.flags.contains(.mostSignificantFirst)
    return switch parameters.bytesPerSample {
    case 1: try encode(samples, into: &output, workers, as: LittleEndianSample<UInt8>.self)
    case 2 where isBigEndian: try encode(samples, into: &output, workers, as: BigEndianSample<UInt16>.self)
    case 2: try encode(samples, into: &output, workers, as: LittleEndianSample<UInt16>.self)
    case 3 where isBigEndian: try encode(samples, into: &output, workers, as: BigEndianSample24.self)
    case 3: try encode(samples, into: &output, workers, as: LittleEndianSample24.self)
    case _ where isBigEndian: try encode(samples, into: &output, workers, as: BigEndianSample<UInt32>.self)
    default: try encode(samples, into: &output, workers, as: LittleEndianSample<UInt32>.self)
    }
  }

  /// Values that are mapped before they are encoded: few enough to stay in the first-level cache.
  private static let pieceSize = 2048
  /// Samples that are encoded between two looks at whether the caller wants to stop.
  private static let samplesPerLook = 4 << 20

  private func encode<Sample: SzipSample>(
    _ samples: RawSpan, into output: inout MutableRawSpan, _ workers: Workers, as type: Sample.Type
  ) throws(TensogramError) -> (size: Int, offsets: [Int]) {
    let size = parameters.blockSize
    let count = samples.byteCount / Sample.width
    if count == 0 { return (0, []) }
    guard output.byteCount >= (try maximumSize(samples.byteCount)) else {
      throw .encoding("szip: \(output.byteCount) bytes are too few for the payload of \(samples.byteCount) bytes")
    }
    let capacity = max(Self.pieceSize / size, 1) * size
    var valueBuffer = try ScratchBuffer(byteCount: capacity * 4)
    var bytes = valueBuffer.mutableBytes
    // Any bits are an integer, and the buffer is aligned.
    var values = unsafe bytes._unsafeMutableView(as: UInt32.self)
    var blocks = SzipBlockWriter(parameters, &output)
    var mapper = SzipMapper(parameters, Sample.width)
    var offsets: [Int] = []
    offsets.reserveCapacity((count + parameters.samplesPerInterval - 1) / parameters.samplesPerInterval)
    var done = 0
    var nextLook = 0
    while done < count {
      if done >= nextLook {
        try workers.checkCancelled()
        nextLook += Self.samplesPerLook
      }
      let place = done % parameters.samplesPerInterval
      if place == 0 {
        if done > 0 { blocks.endInterval() }
        offsets.append(blocks.position)
      }
      let taken = min(count - done, capacity, parameters.samplesPerInterval - place)
      let whole = (taken + size - 1) / size * size
      var piece = values._mutatingExtracting(first: whole)
      let part = samples.extracting(done * Sample.width..<(done + taken) * Sample.width)
      try mapper.map(part, first: done, startsInterval: place == 0, into: &piece, as: type)
      blocks.append(piece.span)
      done += taken
    }
    blocks.endInterval()
    return (blocks.finish(), offsets)
  }
}
