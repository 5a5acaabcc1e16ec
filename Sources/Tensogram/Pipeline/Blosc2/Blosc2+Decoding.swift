extension Blosc2 {
  func decodedSize(of payload: PayloadWindow) throws(TensogramError) -> Int? {
    try Blosc2Frame(reading: payload).decodedSize
  }

  func decode(_ payload: RawSpan, into output: inout MutableRawSpan, workers: Workers) throws(TensogramError) {
    try unsafe payload.withUnsafeBytes { (memory) throws(TensogramError) in
      // The payload's bytes, which are there until this returns.
      let window = PayloadWindow(unsafe MemorySource(memory: memory, owner: nil), 0..<memory.count)
      try decode(0..<output.byteCount, of: output.byteCount, from: window, into: &output, workers: workers)
    }
  }

  func decode(
    _ range: Range<Int>, of decodedSize: Int, from payload: PayloadWindow, into output: inout MutableRawSpan,
    workers: Workers
  ) throws(TensogramError) {
    let frame = try Blosc2Frame(reading: payload)
    guard frame.decodedSize == decodedSize else {
      throw .encoding("descriptor claims \(decodedSize) bytes but the blosc2 frame holds \(frame.decodedSize)")
    }
    guard range.lowerBound >= 0, range.upperBound <= decodedSize, range.count == output.byteCount else {
      throw .encoding("bytes \(range) of \(decodedSize) do not fit a result of \(output.byteCount) bytes")
    }
    if range.isEmpty { return }
    let pieces = frame.pieces(of: range, for: workers)
    let result = SharedMutableBytes(&output)
    try workers.forEach(pieces.count) { (index) throws(TensogramError) in
      let piece = pieces[index]
      let reader = try Blosc2Reader(frame, payload)
      let place = piece.lowerBound - range.lowerBound..<piece.upperBound - range.lowerBound
      try result.withPart(place) { (part) throws(TensogramError) in try reader.read(piece, into: &part) }
    }
  }
}

extension Blosc2Frame {
  /// Bytes that are not worth another thread, and about the most that is decoded between two looks at whether the caller
  /// wants to stop.
  private static let pieceSizes = 1 << 18...32 << 20
  /// Of larger chunks a part is a piece; blocks of any usual size end where this does.
  private static let largeChunk = 4 << 20
  /// Pieces per worker, so that one that is late holds up the others for a short while only.
  private static let piecesPerWorker = 4

  /// Cuts `range` for several workers, at the ends of chunks unless these are large.
  func pieces(of range: Range<Int>, for workers: Workers) -> [Range<Int>] {
    let fair = workers.count == 1 ? range.count : range.count / (workers.count * Self.piecesPerWorker)
    let wanted = min(max(fair, Self.pieceSizes.lowerBound), Self.pieceSizes.upperBound)
    let unit = min(chunkSize, Self.largeChunk)
    let size = (wanted + unit - 1) / unit * unit
    return stride(from: range.lowerBound / size * size, to: range.upperBound, by: size).map {
      max($0, range.lowerBound)..<min($0 + size, range.upperBound)
    }
  }
}
