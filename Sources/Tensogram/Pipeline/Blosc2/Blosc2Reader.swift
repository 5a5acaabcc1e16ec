/// Decodes parts of one frame that has chunks, for one thread.
///
///     let reader = try Blosc2Reader(frame, payload)
///     try reader.read(4096..<8192, into: &bytes)
struct Blosc2Reader {
  let frame: Blosc2Frame
  let payload: PayloadWindow
  let decompressor: Blosc2Decompressor
  /// The chunk with the offsets of the others.
  private let index: Blosc2Chunk

  /// Chunks whose offsets are read at once.
  private static let indexBatch = 4096

  /// Reads and checks the header of the chunk with the offsets.
  init(_ frame: Blosc2Frame, _ payload: PayloadWindow) throws(TensogramError) {
    self.frame = frame
    self.payload = payload
    index = try Blosc2Chunk(
      reading: payload, at: frame.indexOffset, before: payload.count - Blosc2Frame.writtenTrailerSize,
      decodedSize: frame.indexSize)
    decompressor = try Blosc2Decompressor()
  }

  /// Decodes `range` of the frame's bytes to `output`, which has its size.
  func read(_ range: Range<Int>, into output: inout MutableRawSpan) throws(TensogramError) {
    if range.isEmpty { return }
    var next = range.lowerBound / frame.chunkSize
    let end = (range.upperBound - 1) / frame.chunkSize + 1
    while next < end {
      let batch = next..<min(next + Self.indexBatch, end)
      let offsets = try offsets(of: batch)
      for number in batch {
        let bounds = frame.bounds(ofChunk: number)
        let part = range.clamped(to: bounds)
        var place = output._mutatingExtracting(part.shifted(by: -range.lowerBound))
        try read(
          part.shifted(by: -bounds.lowerBound), ofChunkAt: offsets[number - batch.lowerBound], holding: bounds.count,
          into: &place)
      }
      next = batch.upperBound
    }
  }

  /// Where chunks start, counted from the first; negative for those that are not there because all their elements are
  /// the same.
  private func offsets(of chunks: Range<Int>) throws(TensogramError) -> [Int] {
    let size = Blosc2Frame.offsetSize
    var scratch = try ScratchBuffer(byteCount: chunks.count * size)
    var bytes = scratch.mutableBytes
    try read(chunks.lowerBound * size..<chunks.upperBound * size, of: index, at: frame.indexOffset, into: &bytes)
    return (0..<chunks.count).map { bytes.bytes.littleEndian(at: $0 * size) }
  }

  /// Decodes `part` of the chunk that has this offset and holds `decodedSize` bytes.
  private func read(
    _ part: Range<Int>, ofChunkAt offset: Int, holding decodedSize: Int, into output: inout MutableRawSpan
  ) throws(TensogramError) {
    if offset < 0 {
      let pattern = try Blosc2Chunk.RepeatedValue(offset: offset).pattern(typeSize: frame.typeSize)
      return output.fill(with: pattern, from: part.lowerBound)
    }
    guard offset < frame.chunksSize else {
      throw .compression("blosc2 error: a chunk has the offset \(offset), all chunks take \(frame.chunksSize) bytes")
    }
    let start = frame.headerSize + offset
    let chunk = try Blosc2Chunk(reading: payload, at: start, before: frame.indexOffset, decodedSize: decodedSize)
    try read(part, of: chunk, at: start, into: &output)
  }
}

extension Range<Int> {
  fileprivate func shifted(by distance: Int) -> Range<Int> { lowerBound + distance..<upperBound + distance }
}
