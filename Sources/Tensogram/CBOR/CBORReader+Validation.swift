extension CBORReader {
  /// The judgement of ``decode(_:)``, error for error, without building the value. Allocates only for maps whose keys
  /// are not in canonical order.
  public static func validate(_ bytes: RawSpan) throws(TensogramError) {
    var cursor = CBORCursor(bytes)
    try cursor.validateItem(depth: 0)
    try cursor.checkEnd()
  }
}

extension CBORCursor {
  /// As ``readValue(depth:)``.
  fileprivate mutating func validateItem(depth: Int) throws(TensogramError) {
    let head = try readHead()
    switch head.majorType {
    case .unsigned, .negative: break
    case .bytes: try validateBytes(head)
    case .text: try validateText(head)
    case .array: try validateArray(head, depth: depth)
    case .map: try validateMap(head, depth: depth)
    case .tag:
      let inside = try self.depth(inside: head, at: depth)
      try validateItem(depth: inside)
    case .simple: _ = try simpleValue(head)
    }
  }

  private mutating func validateBytes(_ head: CBORHead) throws(TensogramError) {
    guard head.isIndefinite else {
      _ = try readContent(of: head)
      return
    }
    while try readChunk(of: head) != nil {}
  }

  private mutating func validateText(_ head: CBORHead) throws(TensogramError) {
    guard head.isIndefinite else {
      _ = try text(in: try readContent(of: head))
      return
    }
    while let chunk = try readChunk(of: head) { _ = try text(in: chunk) }
  }

  private mutating func validateArray(_ head: CBORHead, depth: Int) throws(TensogramError) {
    let inside = try self.depth(inside: head, at: depth)
    var left = try itemsLeft(head, minimumByteCount: 1, "items")
    while takeNext(&left) { try validateItem(depth: inside) }
  }

  private mutating func validateMap(_ head: CBORHead, depth: Int) throws(TensogramError) {
    let inside = try self.depth(inside: head, at: depth)
    var left = try itemsLeft(head, minimumByteCount: 2, "entries")
    var order = CBORKeyOrder()
    while takeNext(&left) {
      let start = position
      try validateItem(depth: inside)
      order.append(start..<position, in: bytes)
      try validateItem(depth: inside)
    }
    if !order.isAscending { try checkKeysAreDistinct(inMapAt: head.position) }
  }
}
