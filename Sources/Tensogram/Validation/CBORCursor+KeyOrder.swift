extension CBORReader {
  /// Whether the keys of every map in the item at the front of `bytes`, nested ones too, rise strictly in the bytewise
  /// order of their encoded form (wire format §6), so that none stands twice. `nil` where there is no well-formed item.
  static func hasOrderedKeys(_ bytes: RawSpan) -> Bool? {
    var cursor = CBORCursor(bytes)
    return try? cursor.skipItemWithOrderedKeys(depth: 0)
  }
}

extension CBORCursor {
  /// Moves behind one item; `depth` containers and tags are open around it.
  fileprivate mutating func skipItemWithOrderedKeys(depth: Int) throws(TensogramError) -> Bool {
    let head = try readHead()
    switch head.majorType {
    case .unsigned, .negative: return true
    case .simple:
      _ = try simpleValue(head)
      return true
    case .bytes, .text:
      if head.isIndefinite { while try readChunk(of: head) != nil {} } else { _ = try readContent(of: head) }
      return true
    case .tag: return try skipItemWithOrderedKeys(depth: self.depth(inside: head, at: depth))
    case .array:
      let inside = try self.depth(inside: head, at: depth)
      var left = try itemsLeft(head, minimumByteCount: 1, "items")
      var isOrdered = true
      while takeNext(&left) { isOrdered = try skipItemWithOrderedKeys(depth: inside) && isOrdered }
      return isOrdered
    case .map: return try skipMapWithOrderedKeys(head, inside: self.depth(inside: head, at: depth))
    }
  }

  private mutating func skipMapWithOrderedKeys(_ head: CBORHead, inside: Int) throws(TensogramError) -> Bool {
    var left = try itemsLeft(head, minimumByteCount: 2, "entries")
    var isOrdered = true
    var previous: Range<Int>?
    while takeNext(&left) {
      let start = position
      isOrdered = try skipItemWithOrderedKeys(depth: inside) && isOrdered
      let key = start..<position
      if let previous { isOrdered = bytes.encodedKey(at: previous, precedes: key) && isOrdered }
      previous = key
      isOrdered = try skipItemWithOrderedKeys(depth: inside) && isOrdered
    }
    return isOrdered
  }
}
