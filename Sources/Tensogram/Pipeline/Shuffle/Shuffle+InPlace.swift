/// Undoing a shuffle where the bytes stand, so that decoding a large object needs no second buffer of its size.
extension Shuffle {
  /// Up to here a second buffer is taken: decoding may need a few MB beside its result.
  static let largestBuffer = 8 << 20

  /// Working memory, and the bytes of elements that are put in order at a time: they stay in the second-level cache.
  private static let blockSize = 128 << 10

  /// Puts shuffled bytes back in order.
  ///
  /// They are a matrix with a row for each byte of an element. Its rows are cut into tiles, which change places so that
  /// those of the same elements stand together; then each such block is put in order by itself.
  func decode(inPlace bytes: inout MutableRawSpan, workers: Workers) throws(TensogramError) {
    try check(byteCount: bytes.byteCount)
    if elementSize == 1 { return }
    guard let tileSize = tileSize(bytes.byteCount / elementSize) else {
      let copy = try ScratchBuffer(copying: bytes.bytes)
      return try decode(copy.bytes, into: &bytes, workers: workers)
    }
    let columns = bytes.byteCount / elementSize / tileSize
    let rest = try moveRest(of: &bytes, bytes.byteCount / elementSize % tileSize)
    var tiles = bytes._mutatingExtracting(0..<bytes.byteCount - rest)
    try TileTransposition(rows: elementSize, columns: columns, tileSize: tileSize).run(&tiles, workers)
    try decodeBlocks(of: &tiles, tileSize * elementSize, workers)
  }

  /// Elements of a block: a divisor of their number where there is one, which spares moving the rest of each row; `nil`
  /// where elements are so long that tiles would be too short to be worth it.
  private func tileSize(_ elements: Int) -> Int? {
    let largest = Self.blockSize / elementSize / 64 * 64
    if largest == 0 { return nil }
    let divisor = stride(from: largest, to: largest / 4, by: -16).first { elements % $0 == 0 }
    return divisor ?? largest
  }

  /// Moves the last `count` elements of all rows behind the other ones, in order; returns how many bytes they are.
  private func moveRest(of bytes: inout MutableRawSpan, _ count: Int) throws(TensogramError) -> Int {
    if count == 0 { return 0 }
    let size = count * elementSize
    var buffer = try ScratchBuffer(byteCount: size)
    var rest = buffer.mutableBytes
    let row = bytes.byteCount / elementSize
    for index in 0..<elementSize {
      let kept = index * row..<(index + 1) * row - count
      rest.copy(bytes.bytes.extracting(kept.upperBound..<kept.upperBound + count), at: index * count)
      bytes.move(kept, to: index * kept.count)
    }
    var place = bytes._mutatingExtracting(bytes.byteCount - size..<bytes.byteCount)
    try decode(rest.bytes, into: &place, workers: Workers())
    return size
  }

  private func decodeBlocks(of bytes: inout MutableRawSpan, _ size: Int, _ workers: Workers) throws(TensogramError) {
    let blocks = SharedMutableBytes(&bytes)
    let sizes = PieceSizes(smallest: 8 * size, largest: 32 * size, unit: size)
    try workers.forEachPiece(of: 0..<bytes.byteCount, sizes) { (piece) throws(TensogramError) in
      var buffer = try ScratchBuffer(byteCount: size)
      var shuffled = buffer.mutableBytes
      for start in stride(from: piece.lowerBound, to: piece.upperBound, by: size) {
        try blocks.withPart(start..<start + size) { (block) throws(TensogramError) in
          shuffled.copy(block.bytes)
          try decode(shuffled.bytes, into: &block, workers: Workers())
        }
      }
    }
  }
}

/// Transposes a matrix of tiles in place: each moves once, along the cycles of the permutation.
private struct TileTransposition {
  let rows: Int
  let columns: Int
  let tileSize: Int

  /// Tiles that are moved between two looks at whether to stop.
  private static let tilesPerLook = 256

  /// `bytes` has exactly the matrix.
  func run(_ bytes: inout MutableRawSpan, _ workers: Workers) throws(TensogramError) {
    var isMoved = [Bool](repeating: false, count: rows * columns)
    var buffer = try ScratchBuffer(byteCount: tileSize)
    var first = buffer.mutableBytes
    var moved = 0
    for start in isMoved.indices where !isMoved[start] {
      first.copy(bytes.bytes.extracting(range(start)))
      var place = start
      while true {
        if moved % Self.tilesPerLook == 0 { try workers.checkCancelled() }
        moved += 1
        isMoved[place] = true
        let source = place % rows * columns + place / rows
        if source == start { break }
        bytes.move(range(source), to: place * tileSize)
        place = source
      }
      bytes.copy(first.bytes, at: place * tileSize)
    }
  }

  private func range(_ tile: Int) -> Range<Int> { tile * tileSize..<(tile + 1) * tileSize }
}
