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
    let result = SharedMutableBytes(&output)
    try workers.forEachPiece(of: range, frame.pieceSizes) { (piece) throws(TensogramError) in
      let reader = try Blosc2Reader(frame, payload)
      let place = piece.lowerBound - range.lowerBound..<piece.upperBound - range.lowerBound
      try result.withPart(place) { (part) throws(TensogramError) in try reader.read(piece, into: &part) }
    }
  }
}

extension Blosc2Frame {
  /// Of larger chunks a part is a piece; blocks of any usual size end where this does.
  private static let largeChunk = 4 << 20

  /// Bytes of pieces, which end where chunks do unless these are large.
  var pieceSizes: PieceSizes {
    PieceSizes(smallest: 256 << 10, largest: 16 << 20, unit: min(chunkSize, Self.largeChunk))
  }
}
