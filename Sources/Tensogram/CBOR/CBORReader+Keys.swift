/// Watches whether the keys of a map come in canonical order, which shows at one comparison each that none comes twice.
struct CBORKeyOrder {
  private var previous: Range<Int>?
  private(set) var isAscending = true

  /// `key` is where the next key stands in the bytes of `cursor`.
  @inline(__always)
  mutating func append(_ key: Range<Int>, of cursor: borrowing CBORCursor) {
    guard isAscending else { return }
    isAscending = cursor.hasShortestHead(key) && (previous.map { cursor.precedes($0, key) } ?? true)
    previous = key
  }
}

extension CBORCursor {
  /// Whether the key is certain to stand in its canonical encoding; false for kinds and lengths that keys hardly have.
  @inline(__always)
  fileprivate func hasShortestHead(_ key: Range<Int>) -> Bool {
    let initialByte = byte(at: key.lowerBound)
    let isContainer = initialByte >> 5 >= 4 && initialByte >> 5 <= 6
    if isContainer { return false }
    return switch initialByte & 31 {
    case ..<24: true
    case 24: byte(at: key.lowerBound + 1) >= 24
    default: false
    }
  }

  /// Bytewise order. No encoding of an item is the front of another's, so one byte within both decides.
  @inline(__always)
  fileprivate func precedes(_ left: Range<Int>, _ right: Range<Int>) -> Bool {
    for offset in 0..<min(left.count, right.count) {
      let (leftByte, rightByte) = (byte(at: left.lowerBound + offset), byte(at: right.lowerBound + offset))
      if leftByte != rightByte { return leftByte < rightByte }
    }
    return false
  }

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
    keys.reserveCapacity(left.count)
    while walker.takeNext(&left) {
      let position = walker.position
      keys.append((try walker.readFingerprint(), position))
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

  /// A hash of the item at the position that does not depend on how it is encoded. The item is known to be well-formed.
  private mutating func readFingerprint() throws(TensogramError) -> Int {
    let head = try readHead()
    var hasher = Hasher()
    hasher.combine(head.majorType)
    switch head.majorType {
    case .unsigned, .negative: hasher.combine(head.argument)
    case .bytes, .text: try combineContent(of: head, into: &hasher)
    case .array:
      var left = try itemsLeft(head, minimumByteCount: 1, "items")
      while takeNext(&left) { hasher.combine(try readFingerprint()) }
    case .map: hasher.combine(try readFingerprintOfEntries(head))
    case .tag:
      hasher.combine(head.argument)
      hasher.combine(try readFingerprint())
    case .simple:
      if case .float(let value) = try simpleValue(head) {
        hasher.combine(value.isNaN ? Double.nan.bitPattern : value.bitPattern)
      } else {
        hasher.combine(head.argument)
      }
    }
    return hasher.finalize()
  }

  /// The order of the entries is of no account, so their hashes are added.
  private mutating func readFingerprintOfEntries(_ head: CBORHead) throws(TensogramError) -> Int {
    var left = try itemsLeft(head, minimumByteCount: 2, "entries")
    var sum = 0
    while takeNext(&left) {
      var entry = Hasher()
      entry.combine(try readFingerprint())
      entry.combine(try readFingerprint())
      sum &+= entry.finalize()
    }
    return sum
  }

  private mutating func combineContent(of head: CBORHead, into hasher: inout Hasher) throws(TensogramError) {
    guard head.isIndefinite else {
      // The buffer does not outlive the closure.
      unsafe bytes.extracting(try readContent(of: head)).withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
      return
    }
    var content: [UInt8] = []
    while let chunk = try readChunk(of: head) {
      unsafe bytes.extracting(chunk).withUnsafeBytes { unsafe content.append(contentsOf: $0) }
    }
    unsafe content.withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
  }

  /// Moves behind an item that is known to be well-formed.
  private mutating func skipItem() throws(TensogramError) {
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

extension CBORValue {
  /// Short enough for an error text.
  var shortDescription: String {
    switch self {
    case .unsigned(let value): "\(value)"
    case .negative(let value) where value < UInt64.max: "-\(value + 1)"
    case .negative: "-18446744073709551616"
    case .text(let value): value.utf8.count <= 80 ? "'\(value)'" : "'\(value.prefix(60))…'"
    case .bool(let value): "\(value)"
    case .float(let value): "\(value)"
    default: "of kind \(kindName)"
    }
  }
}
