extension ZFP {
  func decode(_ payload: RawSpan, into output: inout MutableRawSpan, workers: Workers) throws(TensogramError) {
    try requireWholeValues(output.byteCount)
    if isFixedRate {
      return try unsafe payload.withUnsafeBytes { (memory) throws(TensogramError) in
        // The payload's bytes, which are there until this returns.
        let window = PayloadWindow(unsafe MemorySource(memory: memory, owner: nil), 0..<memory.count)
        try decode(0..<output.byteCount, of: output.byteCount, from: window, into: &output, workers: workers)
      }
    }
    try payload.withAligned(to: Self.wordSize) { (words) throws(TensogramError) in
      try output.withAligned(to: element.width) { (values) throws(TensogramError) in
        try decodeInOrder(words, into: &values, workers)
      }
    }
  }

  // MARK: Fixed rate

  func decode(
    _ range: Range<Int>, of decodedSize: Int, from payload: PayloadWindow, into output: inout MutableRawSpan,
    workers: Workers
  ) throws(TensogramError) {
    guard isFixedRate else { throw .rangeNotSupported("range decode not supported by zfp but at a fixed rate") }
    for size in [range.lowerBound, range.count, decodedSize] { try requireWholeValues(size) }
    guard range.lowerBound >= 0, range.upperBound <= decodedSize, range.count == output.byteCount else {
      throw .encoding("bytes \(range) of \(decodedSize) do not fit a result of \(output.byteCount) bytes")
    }
    let coder = try ZFPCoder(mode, element)
    let size = try coder.streamSize(ofBlocks: blockCount(decodedSize))
    guard payload.count == size else {
      throw .compression(
        "zfp error: \(decodedSize / element.width) values take \(size) bytes at this rate, the payload has "
          + "\(payload.count)")
    }
    if range.isEmpty { return }
    let result = SharedMutableBytes(&output)
    try workers.forEachPiece(of: range, spanSizes) { (span) throws(TensogramError) in
      let place = span.lowerBound - range.lowerBound..<span.upperBound - range.lowerBound
      try result.withPart(place) { (part) throws(TensogramError) in
        try part.withAligned(to: element.width) { (values) throws(TensogramError) in
          try decode(span, from: payload, into: &values)
        }
      }
    }
  }

  /// Decodes `span` of the values' bytes, from the words that its blocks stand in.
  private func decode(
    _ span: Range<Int>, from payload: PayloadWindow, into values: inout MutableRawSpan
  ) throws(TensogramError) {
    let coder = try ZFPCoder(mode, element)
    let bits = coder.blockBits.upperBound
    let firstBlock = span.lowerBound / blockSize
    let endBlock = (span.upperBound - 1) / blockSize + 1
    let start = firstBlock * bits / (Self.wordBits) * Self.wordSize
    let end = (endBlock * bits).roundedUp(to: Self.wordBits) / 8
    try payload.withBytes(start..<end) { (bytes) throws(TensogramError) in
      try bytes.withAligned(to: Self.wordSize) { (words) throws(TensogramError) in
        var position = firstBlock * bits - start * 8
        let skipped = span.lowerBound - firstBlock * blockSize
        var head = 0
        if skipped > 0 {
          var scratch = try ScratchBuffer(byteCount: blockSize)
          var block = scratch.mutableBytes
          _ = coder.decode(words, from: &position, into: &block)
          head = min(blockSize - skipped, span.count)
          values.copy(block.bytes.extracting(skipped..<skipped + head))
        }
        var rest = values._mutatingExtracting(head..<values.byteCount)
        _ = coder.decode(words, from: &position, into: &rest)
      }
    }
  }

  // MARK: Other modes

  /// Decodes all values, one block after the other; what is missing or left over is a compression error.
  private func decodeInOrder(
    _ words: RawSpan, into values: inout MutableRawSpan, _ workers: Workers
  ) throws(TensogramError) {
    let coder = try ZFPCoder(mode, element)
    let longest = try coder.streamSize(ofBlocks: blockCount(values.byteCount))
    guard words.byteCount % Self.wordSize == 0, words.byteCount <= longest else {
      throw .compression(
        "zfp error: a payload of \(words.byteCount) bytes is not a stream of \(values.byteCount / element.width) values"
      )
    }
    var position = 0
    var done = 0
    for span in workers.pieces(of: 0..<values.byteCount, spanSizes) {
      try workers.checkCancelled()
      var part = values._mutatingExtracting(span)
      done += coder.decode(words, from: &position, into: &part)
      if done < span.upperBound { break }
    }
    var rest = values._mutatingExtracting(done..<values.byteCount)
    try decodeEnd(words, coder, from: &position, into: &rest)
    let used = position.roundedUp(to: Self.wordBits) / 8
    guard used == words.byteCount else {
      throw .compression(
        "zfp error: \(values.byteCount / element.width) values take \(used) bytes, the payload has \(words.byteCount)")
    }
  }

  /// Decodes the last blocks from a copy of their words, behind which is room for another one.
  private func decodeEnd(
    _ words: RawSpan, _ coder: borrowing ZFPCoder, from position: inout Int, into values: inout MutableRawSpan
  ) throws(TensogramError) {
    if values.byteCount == 0 { return }
    let start = position / Self.wordBits * Self.wordSize
    let end = words.byteCount - start
    let room = coder.blockBits.upperBound.roundedUp(to: Self.wordBits) / 8
    var scratch = try ScratchBuffer(byteCount: end + room)
    var bytes = scratch.mutableBytes
    bytes.fillWithZeros()
    bytes.copy(words.extracting(start..<words.byteCount))
    var offset = position - start * 8
    let done = coder.decode(bytes.bytes, from: &offset, into: &values)
    guard done == values.byteCount, offset <= end * 8 else {
      throw .compression("zfp error: the payload of \(words.byteCount) bytes ends before its last value")
    }
    position = start * 8 + offset
  }
}
