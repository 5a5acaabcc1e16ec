// A chunk wanted as a whole goes to the library as it is. Of others the wanted blocks are put together to a chunk of
// their own, so that no more than these is read and decoded.
extension Blosc2Reader {
  /// Of larger chunks blocks are read, unless the payload is in memory.
  private static let largeChunk = 4 << 20
  /// Bytes that blocks put together to a chunk decode to, or one block where that is more.
  private static let blockGroup = 1 << 20

  /// Decodes `part` of the bytes that the chunk at byte `start` of the payload holds.
  func read(
    _ part: Range<Int>, of chunk: Blosc2Chunk, at start: Int, into output: inout MutableRawSpan
  ) throws(TensogramError) {
    let body = start + Blosc2Chunk.headerSize
    switch chunk.content {
    case .stored:
      try payload.read(at: body + part.lowerBound, into: &output)
    case .repeated(.element):
      let pattern = try payload.withBytes(body..<body + chunk.typeSize) { element in
        (0..<element.byteCount).map { element[$0] }
      }
      output.fill(with: pattern, from: part.lowerBound)
    case .repeated(let value):
      output.fill(with: try value.pattern(typeSize: chunk.typeSize), from: part.lowerBound)
    case .compressed:
      if part.count == chunk.decodedSize && (payload.source.isResident || part.count <= Self.largeChunk) {
        try readWhole(chunk, at: start, into: &output)
      } else {
        try readBlocks(part, of: chunk, at: start, into: &output)
      }
    }
  }

  private func readWhole(
    _ chunk: Blosc2Chunk, at start: Int, into output: inout MutableRawSpan
  ) throws(TensogramError) {
    try payload.withBytes(start..<start + chunk.encodedSize) { (bytes) throws(TensogramError) in
      try decompressor.decompress(bytes, chunk, into: &output)
    }
  }

  private func readBlocks(
    _ part: Range<Int>, of chunk: Blosc2Chunk, at start: Int, into output: inout MutableRawSpan
  ) throws(TensogramError) {
    let blockSize = chunk.blockSize
    let groupCount = max(Self.blockGroup / blockSize, 1)
    let wholeEnd = part.upperBound == chunk.decodedSize ? chunk.blockCount : part.upperBound / blockSize
    var position = part.lowerBound
    while position < part.upperBound {
      let first = position / blockSize
      let place = position - part.lowerBound
      let isLonelyEnd = chunk.endsWithShortBlock && first > 0 && first == chunk.blockCount - 1
      if position == first * blockSize, first < wholeEnd, !isLonelyEnd {
        // A short last block is not a chunk by itself, so it goes with those before it.
        let remainder = wholeEnd - first
        let blocks = first..<(remainder <= groupCount + 1 ? wholeEnd : first + groupCount)
        let bounds = chunk.bounds(of: blocks)
        var whole = output._mutatingExtracting(place..<place + bounds.count)
        try decode(blocks, of: chunk, at: start, into: &whole)
        position = bounds.upperBound
      } else {
        let blocks = (isLonelyEnd ? first - 1 : first)..<first + 1
        let bounds = chunk.bounds(of: blocks)
        var scratch = try ScratchBuffer(byteCount: bounds.count)
        var bytes = scratch.mutableBytes
        try decode(blocks, of: chunk, at: start, into: &bytes)
        let end = min(bounds.upperBound, part.upperBound)
        output.copy(bytes.bytes.extracting(position - bounds.lowerBound..<end - bounds.lowerBound), at: place)
        position = end
      }
    }
  }

  /// Decodes whole blocks, through a chunk that is made of them.
  private func decode(
    _ blocks: Range<Int>, of chunk: Blosc2Chunk, at start: Int, into output: inout MutableRawSpan
  ) throws(TensogramError) {
    let extents = try extents(of: blocks, of: chunk, at: start)
    let tableEnd = Blosc2Chunk.headerSize + blocks.count * Blosc2Chunk.tableEntrySize
    let size = extents.reduce(tableEnd) { $0 + $1.count }
    var scratch = try ScratchBuffer(byteCount: size)
    var bytes = scratch.mutableBytes
    try copy(0..<Blosc2Chunk.headerSize, ofChunkAt: start, to: 0, of: &bytes)
    Blosc2Chunk.setSizes(&bytes, decoded: output.byteCount, encoded: size)
    var position = tableEnd
    for (number, extent) in extents.enumerated() {
      try copy(extent, ofChunkAt: start, to: position, of: &bytes)
      Blosc2Chunk.setStart(ofBlock: number, to: position, &bytes)
      position += extent.count
    }
    let group = try Blosc2Chunk(parsing: bytes.bytes, decodedSize: output.byteCount, available: size)
    try decompressor.decompress(bytes.bytes, group, into: &output)
  }

  private func copy(
    _ range: Range<Int>, ofChunkAt start: Int, to offset: Int, of bytes: inout MutableRawSpan
  ) throws(TensogramError) {
    var place = bytes._mutatingExtracting(offset..<offset + range.count)
    try payload.read(at: start + range.lowerBound, into: &place)
  }

  /// The bytes of the chunk in which each block stands, and maybe some of the next: blocks may be in any order, and how
  /// long each is only its own bytes tell.
  private func extents(
    of blocks: Range<Int>, of chunk: Blosc2Chunk, at start: Int
  ) throws(TensogramError) -> [Range<Int>] {
    let listed = blocks.lowerBound..<min(blocks.upperBound + 1, chunk.blockCount)
    let table = start + Blosc2Chunk.headerSize
    let size = Blosc2Chunk.tableEntrySize
    let starts = try payload.withBytes(table + listed.lowerBound * size..<table + listed.upperBound * size) { table in
      (0..<listed.count).map { Int(table.littleEndian(at: $0 * size, as: Int32.self)) }
    }
    var extents: [Range<Int>] = []
    for (number, start) in zip(blocks, starts) {
      guard start >= chunk.tableEnd, start < chunk.encodedSize else {
        throw .compression(
          "blosc2 error: block \(number) starts at byte \(start) of a chunk of \(chunk.encodedSize) bytes")
      }
      let next = number + 1 < listed.upperBound ? starts[number + 1 - listed.lowerBound] : chunk.encodedSize
      let limit = min(start + chunk.largestEncodedBlock, chunk.encodedSize)
      extents.append(start..<(next > start ? min(next, limit) : limit))
    }
    return extents
  }
}
