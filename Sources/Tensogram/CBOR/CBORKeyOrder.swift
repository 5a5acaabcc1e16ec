/// Watches whether the keys of a map come in canonical order, which shows at one comparison each that none comes twice.
struct CBORKeyOrder {
  private var previous: Range<Int>?
  private(set) var isAscending = true

  /// `key` is where the next key stands in `bytes`.
  @inline(__always)
  mutating func append(_ key: Range<Int>, in bytes: RawSpan) {
    guard isAscending else { return }
    isAscending =
      bytes.hasShortestHead(key) && (previous.map { bytes.encodedKey(at: $0, precedes: key) } ?? true)
    previous = key
  }
}

extension RawSpan {
  /// Whether the key is certain to stand in its canonical encoding; false for kinds and lengths that keys hardly have.
  @inline(__always)
  fileprivate func hasShortestHead(_ key: Range<Int>) -> Bool {
    let initialByte = self[key.lowerBound]
    let isContainer = initialByte >> 5 >= 4 && initialByte >> 5 <= 6
    if isContainer { return false }
    return switch initialByte & 31 {
    case ..<24: true
    case 24: self[key.lowerBound + 1] >= 24
    default: false
    }
  }

  /// Bytewise order. No encoding of an item is the front of another's, so one byte within both decides.
  @inline(__always)
  func encodedKey(at left: Range<Int>, precedes right: Range<Int>) -> Bool {
    for offset in 0..<min(left.count, right.count) {
      let (leftByte, rightByte) = (self[left.lowerBound + offset], self[right.lowerBound + offset])
      if leftByte != rightByte { return leftByte < rightByte }
    }
    return false
  }
}
