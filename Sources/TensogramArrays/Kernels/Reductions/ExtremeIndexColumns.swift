/// Extremes of many columns at once.
///
/// Which of two values wins is computed as bits and applied as a mask: branches, which random values would mislead, are
/// nowhere, and the compiler makes vectors.
extension ExtremeOrder {
  /// Whether a value at a place comes before the best so far; a place of -1 says that there is none.
  @inline(__always)
  static func isFirst(_ value: Element, _ place: Int, _ best: Element, _ bestPlace: Int) -> Bool {
    let (isBetter, isWorse) = (isBetter(value, best).bit, isBetter(best, value).bit)
    // Signs, since places are not negative: vectors of the least processors do not compare 64 bits.
    let isOnly = UInt8(truncatingIfNeeded: UInt(bitPattern: bestPlace) >> 63)
    let isEarlier = UInt8(truncatingIfNeeded: UInt(bitPattern: place &- bestPlace) >> 63)
    return (isOnly | isBetter | (isEarlier & ~isWorse)) & counts(value).bit != 0
  }

  /// Offers a value at a place to the best so far of its column, and that one's place.
  ///
  /// There must be that many columns.
  @inline(__always)
  static func offer(
    _ values: UnsafeRawPointer, _ column: Int, at place: Int, to best: UnsafeMutableRawPointer,
    _ bestPlaces: UnsafeMutablePointer<Int>
  ) {
    let bestPlace = unsafe bestPlaces[column]
    let wins = unsafe isFirst(element(values, column), place, element(best, column), bestPlace)
    unsafe choose(wins, values, best, column)
    let mask = wins.mask(Int.self)
    unsafe bestPlaces[column] = (place & mask) | (bestPlace & ~mask)
  }

  /// Gives `body` the extreme of each column of a vertical patch, and the row that has it first.
  @inline(__always)
  static func withExtremes(
    of patch: ReductionPatch, _ body: (UnsafeMutableRawPointer, UnsafeMutablePointer<RowNumber>) -> Void
  ) {
    let columns = patch.columns
    unsafe withUnsafeTemporaryAllocation(of: Element.self, capacity: columns) { extremes in
      unsafe withUnsafeTemporaryAllocation(of: RowNumber.self, capacity: columns) { rows in
        // As many of both as there are columns.
        guard let extremes = UnsafeMutableRawPointer(extremes.baseAddress), let rows = rows.baseAddress
        else { return }
        unsafe extremes.copyMemory(from: patch.row(0), byteCount: columns &* MemoryLayout<Element>.size)
        unsafe rows.initialize(repeating: 0, count: columns)
        for number in 1..<max(patch.rows, 1) {
          let row = unsafe patch.row(number)
          for column in 0..<columns {
            let wins = unsafe isBetter(element(row, column), element(extremes, column))
            unsafe choose(wins, row, extremes, column)
            let mask = wins.mask(RowNumber.self)
            unsafe rows[column] = (RowNumber(truncatingIfNeeded: number) & mask) | (rows[column] & ~mask)
          }
        }
        unsafe body(extremes, rows)
      }
    }
  }

  @inline(__always)
  static func element(_ row: UnsafeRawPointer, _ index: Int) -> Element {
    unsafe row.loadUnaligned(fromByteOffset: index &* MemoryLayout<Element>.size, as: Element.self)
  }

  /// Copies an element if it is chosen.
  @inline(__always)
  private static func choose(
    _ isChosen: Bool, _ source: UnsafeRawPointer, _ target: UnsafeMutableRawPointer, _ index: Int
  ) {
    let offset = index &* MemoryLayout<RowNumber>.size
    let mask = isChosen.mask(RowNumber.self)
    let new = unsafe source.loadUnaligned(fromByteOffset: offset, as: RowNumber.self)
    let old = unsafe target.loadUnaligned(fromByteOffset: offset, as: RowNumber.self)
    unsafe target.storeBytes(of: (new & mask) | (old & ~mask), toByteOffset: offset, as: RowNumber.self)
  }
}
