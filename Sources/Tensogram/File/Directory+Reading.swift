extension Directory {
  /// What an index frame says (wire format §4): one entry per data object.
  struct Index {
    /// Of frames, from the message's first byte.
    let offsets: [UInt64]
    /// Of the same frames, without padding.
    let lengths: [UInt64]

    /// A metadata error for anything but a map whose `offsets` and `lengths` are as many unsigned integers.
    init(cbor value: CBORValue) throws(TensogramError) {
      let map = try Directory.map(value)
      offsets = try Directory.integers(map, "offsets")
      lengths = try Directory.integers(map, "lengths")
      guard offsets.count == lengths.count else {
        throw .metadata("an index must have as many lengths as offsets, here are \(lengths.count) and \(offsets.count)")
      }
    }
  }

  /// What a hash frame says: one digest per data object, as text.
  struct Hashes {
    static let knownAlgorithm = "xxh3"

    /// Empty where it is not given.
    let algorithm: String
    let digests: [String]

    /// A metadata error for anything but a map with `hashes`, an array of text.
    init(cbor value: CBORValue) throws(TensogramError) {
      let map = try Directory.map(value)
      let name = map["algorithm"] ?? .text("")
      guard case .text(let algorithm) = name else {
        throw .metadata("'algorithm' must be text, here is \(name.kindName)")
      }
      self.algorithm = algorithm
      var digests: [String] = []
      for item in try Directory.items(map, "hashes") {
        guard case .text(let digest) = item else {
          throw .metadata("the items of 'hashes' must be text, one is \(item.kindName)")
        }
        digests.append(digest)
      }
      self.digests = digests
    }
  }

  private static func map(_ value: CBORValue) throws(TensogramError) -> CBORMap {
    guard case .map(let map) = value else { throw .metadata("it must be a map, here is \(value.kindName)") }
    return map
  }

  /// An array, empty where it is not given.
  private static func items(_ map: CBORMap, _ key: String) throws(TensogramError) -> [CBORValue] {
    guard let value = map[key] else { return [] }
    guard case .array(let items) = value else {
      throw .metadata("'\(key)' must be an array, here is \(value.kindName)")
    }
    return items
  }

  private static func integers(_ map: CBORMap, _ key: String) throws(TensogramError) -> [UInt64] {
    var integers: [UInt64] = []
    for item in try items(map, key) {
      guard case .unsigned(let integer) = item else {
        throw .metadata("the items of '\(key)' must be unsigned integers, one is \(item.kindName)")
      }
      integers.append(integer)
    }
    return integers
  }
}
