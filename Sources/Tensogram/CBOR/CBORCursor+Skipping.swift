/// Where an entry stands in an encoded map.
struct CBOREntryRange {
  let key: Range<Int>
  let whole: Range<Int>
}

extension CBORCursor {
  /// Replaces `entries` by those of the map at the position, which is known to be well-formed.
  mutating func readEntryRanges(into entries: inout [CBOREntryRange]) throws(TensogramError) {
    let head = try readHead()
    var left = try itemsLeft(head, minimumByteCount: 2, "entries")
    entries.removeAll(keepingCapacity: true)
    entries.reserveCapacity(left.reservableCount)
    while takeNext(&left) {
      let start = position
      try skipItem()
      let key = start..<position
      try skipItem()
      entries.append(CBOREntryRange(key: key, whole: start..<position))
    }
  }

  /// Moves behind an item that is known to be well-formed.
  mutating func skipItem() throws(TensogramError) {
    let head = try readHead()
    switch head.majorType {
    case .unsigned, .negative, .simple: break
    case .bytes, .text:
      if head.isIndefinite { while try readChunk(of: head) != nil {} } else { _ = try readContent(of: head) }
    case .tag: try skipItem()
    case .array:
      var left = try itemsLeft(head, minimumByteCount: 1, "items")
      while takeNext(&left) { try skipItem() }
    case .map:
      var left = try itemsLeft(head, minimumByteCount: 2, "entries")
      while takeNext(&left) {
        try skipItem()
        try skipItem()
      }
    }
  }
}
