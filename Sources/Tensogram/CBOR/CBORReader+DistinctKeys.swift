extension CBORCursor {
  /// Compares all keys of the map at `start`, which was read without a fault.
  ///
  /// Keys are the same where their canonical encodings are, in whatever form they stand here. Their fingerprints are
  /// sorted, and where two agree the keys themselves are compared.
  func checkKeysAreDistinct(inMapAt start: Int) throws(TensogramError) {
    var keys = try fingerprintsOfKeys(inMapAt: start)
    keys.sort { ($0.fingerprint, $0.position) < ($1.fingerprint, $1.position) }
    var first = 0
    for index in keys.indices.dropFirst() {
      if keys[index].fingerprint != keys[first].fingerprint { first = index }
      for other in first..<index { try checkDistinct(keys[other].position, keys[index].position) }
    }
  }

  private func fingerprintsOfKeys(
    inMapAt start: Int
  ) throws(TensogramError) -> [(fingerprint: Int, position: Int)] {
    var walker = CBORCursor(bytes)
    walker.position = start
    let head = try walker.readHead()
    var left = try walker.itemsLeft(head, minimumByteCount: 2, "entries")
    var keys: [(fingerprint: Int, position: Int)] = []
    keys.reserveCapacity(left.reservableCount)
    while walker.takeNext(&left) {
      let position = walker.position
      var hasher = Hasher()
      try walker.hashItem(into: &hasher)
      keys.append((hasher.finalize(), position))
      try walker.skipItem()
    }
    return keys
  }

  private func checkDistinct(_ first: Int, _ second: Int) throws(TensogramError) {
    let key = try value(at: first)
    guard try CBORWriter.encode(key) == CBORWriter.encode(value(at: second)) else { return }
    throw fault(at: second, "the key \(key.shortDescription) stands twice in a map, first at byte \(first)")
  }

  private func value(at position: Int) throws(TensogramError) -> CBORValue {
    var cursor = CBORCursor(bytes)
    cursor.position = position
    return try cursor.readValue(depth: 0)
  }

  /// Feeds what the item at the position means, not how it is encoded. The item is known to be well-formed.
  private mutating func hashItem(into hasher: inout Hasher) throws(TensogramError) {
    let head = try readHead()
    hasher.combine(head.majorType)
    switch head.majorType {
    case .unsigned, .negative: hasher.combine(head.argument)
    case .bytes, .text: try hashContent(of: head, into: &hasher)
    case .array:
      var left = try itemsLeft(head, minimumByteCount: 1, "items")
      while takeNext(&left) { try hashItem(into: &hasher) }
      // No major type, so that where an array ends makes a difference.
      hasher.combine(UInt8.max)
    case .map: hasher.combine(try hashOfEntries(head))
    case .tag:
      hasher.combine(head.argument)
      try hashItem(into: &hasher)
    case .simple:
      if case .float(let value) = try simpleValue(head) {
        hasher.combine(value.isNaN ? Double.nan.bitPattern : value.bitPattern)
      } else {
        hasher.combine(head.argument)
      }
    }
  }

  /// The order of the entries is of no account, so their hashes are added.
  private mutating func hashOfEntries(_ head: CBORHead) throws(TensogramError) -> Int {
    var left = try itemsLeft(head, minimumByteCount: 2, "entries")
    var sum = 0
    while takeNext(&left) {
      var entry = Hasher()
      try hashItem(into: &entry)
      try hashItem(into: &entry)
      sum &+= entry.finalize()
    }
    return sum
  }

  private mutating func hashContent(of head: CBORHead, into hasher: inout Hasher) throws(TensogramError) {
    guard head.isIndefinite else {
      hash(bytes.extracting(try readContent(of: head)), into: &hasher)
      return
    }
    var content: [UInt8] = []
    while let chunk = try readChunk(of: head) { content += [UInt8](bytes.extracting(chunk)) }
    // Bytes have no padding.
    hash(unsafe content.span.bytes, into: &hasher)
  }

  private func hash(_ content: RawSpan, into hasher: inout Hasher) {
    hasher.combine(content.byteCount)
    // The buffer does not outlive the closure.
    unsafe content.withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
  }
}
