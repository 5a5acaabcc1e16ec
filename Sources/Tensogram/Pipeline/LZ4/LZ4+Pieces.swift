import CLZ4

/// Large blocks in pieces, between which the caller may stop the work; the library does a block in one call only.
extension LZ4 {
  // MARK: Decoding

  /// Decodes `block` into the whole of `output`, cut where one of its sequences ends.
  ///
  /// Each piece finds what it repeats in the output before it.
  func decodeInPieces(
    _ block: RawSpan, into output: inout MutableRawSpan, _ workers: Workers
  ) throws(TensogramError) {
    var (position, done) = (0, 0)
    while position < block.byteCount {
      try workers.checkCancelled()
      let (end, size) = try pieceEnd(of: block, from: position, room: output.byteCount - done)
      let part = block.extracting(position..<block.byteCount)
      let isDone = Self.decodePiece(part, size, behind: done, into: &output, isLast: end == block.byteCount)
      guard isDone else { throw Self.damaged }
      (position, done) = (end, done + size)
    }
    guard done == output.byteCount else { throw Self.damaged }
  }

  static var damaged: TensogramError {
    .compression("lz4 error: the block is damaged or holds other than the bytes it claims")
  }

  /// Where the piece that starts at `start` ends, and what it decodes to.
  private func pieceEnd(
    of block: RawSpan, from start: Int, room: Int
  ) throws(TensogramError) -> (end: Int, size: Int) {
    var (end, size) = (start, 0)
    while end < block.byteCount, size < pieceSize {
      guard let sequence = LZ4Sequence(block, at: end), sequence.decodedSize <= room - size else { throw Self.damaged }
      end = sequence.end
      size += sequence.decodedSize
    }
    return (end, size)
  }

  private static func decodePiece(
    _ part: RawSpan, _ size: Int, behind done: Int, into output: inout MutableRawSpan, isLast: Bool
  ) -> Bool {
    let dictionarySize = min(done, 64 << 10)
    return unsafe output.withUnsafeMutableBytes { output in
      unsafe part.withUnsafeBytes { part in
        guard let base = output.baseAddress, let source = part.baseAddress, size > 0 else { return size == 0 }
        let start = unsafe (base + done).assumingMemoryBound(to: CChar.self)
        let input = unsafe source.assumingMemoryBound(to: CChar.self)
        let (count, room) = (Int32(clamping: part.count), Int32(clamping: size))
        // The library reads only the block and the output before this piece, and writes at most the piece.
        let decoded =
          isLast
          ? unsafe LZ4_decompress_safe_usingDict(
            input, start, count, room, start - dictionarySize, Int32(dictionarySize))
          : unsafe LZ4_decompress_safe_partial_usingDict(
            input, start, count, room, room, start - dictionarySize, Int32(dictionarySize))
        return decoded == room
      }
    }
  }

  // MARK: Encoding

  /// Appends the block of `input`.
  ///
  /// Pieces are compressed one by one. Each ends with literals, which are made the first of the next piece: only the last
  /// sequence of a block may be without a match.
  func encodeInPieces(
    _ input: RawSpan, into output: inout OutputRawSpan, _ workers: Workers
  ) throws(TensogramError) {
    let stream = unsafe LZ4_createStream()
    defer { unsafe LZ4_freeStream(stream) }
    let room = LZ4_compressBound(Int32(pieceSize))
    var buffer = try ScratchBuffer(byteCount: Int(room))
    var end = BlockEnd(start: output.byteCount, literals: 0)
    for start in stride(from: 0, to: input.byteCount, by: pieceSize) {
      try workers.checkCancelled()
      let piece = start..<min(start + pieceSize, input.byteCount)
      var bytes = buffer.mutableBytes
      let size = unsafe bytes.withUnsafeMutableBytes { target in
        unsafe input.withUnsafeBytes { input -> Int32 in
          guard let stream = unsafe stream, let base = input.baseAddress, let target = target.baseAddress else {
            return 0
          }
          // The library reads the piece and the input before it, and writes at most the buffer.
          return unsafe LZ4_compress_fast_continue(
            stream, (base + piece.lowerBound).assumingMemoryBound(to: CChar.self),
            target.assumingMemoryBound(to: CChar.self), Int32(piece.count), room, 1)
        }
      }
      guard size > 0 else { throw .compression("lz4 cannot compress \(input.byteCount) bytes") }
      try Self.append(buffer.bytes.extracting(0..<Int(size)), to: &output, &end)
    }
  }

  /// The last sequence of the output: where it starts, and the literals that it ends with.
  private struct BlockEnd {
    var start: Int
    var literals: Int
  }

  /// Appends a block whose first literals stand behind those that the output ends with.
  private static func append(
    _ block: RawSpan, to output: inout OutputRawSpan, _ end: inout BlockEnd
  ) throws(TensogramError) {
    guard let first = LZ4Sequence(block, at: 0) else { throw Self.damaged }
    var (last, lastStart) = (first, 0)
    while last.end < block.byteCount {
      guard let next = LZ4Sequence(block, at: last.end) else { throw Self.damaged }
      (last, lastStart) = (next, last.end)
    }
    let header = LZ4Sequence.header(literals: end.literals + first.literals.count, token: block[0])
    // Bytes have no padding that could be read.
    output.replace(end.start..<output.byteCount - end.literals, with: unsafe header.span.bytes)
    output.append(copying: block.extracting(first.literals.lowerBound..<block.byteCount))
    if lastStart == 0 {
      end.literals += first.literals.count
    } else {
      end = BlockEnd(start: output.byteCount - block.byteCount + lastStart, literals: last.literals.count)
    }
  }
}
