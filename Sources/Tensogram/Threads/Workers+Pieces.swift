/// How finely work may be cut.
struct PieceSizes: Sendable {
  /// Less is not worth another thread.
  var smallest: Int
  /// The most between two looks at whether the caller wants to stop.
  var largest: Int
  /// Pieces end at multiples of this, but for the last.
  var unit = 1
}

extension Workers {
  /// Pieces per worker, so that one that is late holds up the others for a short while only.
  private static let piecesPerWorker = 4

  /// Cuts `range` into pieces for these workers.
  func pieces(of range: Range<Int>, _ sizes: PieceSizes) -> [Range<Int>] {
    let fair = count == 1 ? range.count : range.count / (count * Self.piecesPerWorker)
    let units = (min(max(fair, sizes.smallest), sizes.largest) - 1) / sizes.unit + 1
    let size = units * sizes.unit
    return stride(from: range.lowerBound / size * size, to: range.upperBound, by: size).map {
      max($0, range.lowerBound)..<min($0 + size, range.upperBound)
    }
  }

  /// Calls `body` once for each piece of `range`, as ``forEach(_:_:)`` does.
  func forEachPiece(
    of range: Range<Int>, _ sizes: PieceSizes, _ body: @Sendable (Range<Int>) throws(TensogramError) -> Void
  ) throws(TensogramError) {
    if range.count <= sizes.smallest {
      if !range.isEmpty { try body(range) }
      return
    }
    let pieces = pieces(of: range, sizes)
    try forEach(pieces.count) { (index) throws(TensogramError) in try body(pieces[index]) }
  }
}
