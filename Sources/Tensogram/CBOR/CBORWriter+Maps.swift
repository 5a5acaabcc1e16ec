extension OutputRawSpan {
  /// Appends a map with its keys in the bytewise order of their encodings.
  @_lifetime(self: copy self)
  mutating func appendCBOR(_ map: CBORMap) throws(TensogramError) {
    appendHead(.map, UInt64(map.count))
    if map.hasAscendingTextKeys {
      for entry in map.entries {
        try appendCBOR(entry.key)
        try appendCBOR(entry.value)
      }
    } else {
      for entry in try map.entriesByEncodedKey() {
        append(contentsOf: entry.key.span)
        try appendCBOR(map.entries[entry.index].value)
      }
    }
  }
}

extension CBORMap {
  /// Whether the entries can be written as they stand: the common case, with nothing to sort.
  fileprivate var hasAscendingTextKeys: Bool {
    var previous: String?
    for entry in entries {
      guard case .text(let key) = entry.key else { return false }
      if let previous, !previous.precedesAsCBOR(key) { return false }
      previous = key
    }
    return true
  }

  /// The encoded keys in order, each with the index of its entry.
  fileprivate func entriesByEncodedKey() throws(TensogramError) -> [(key: [UInt8], index: Int)] {
    var keys: [(key: [UInt8], index: Int)] = []
    keys.reserveCapacity(count)
    for (index, entry) in entries.enumerated() { keys.append((try CBORWriter.encode(entry.key), index)) }
    keys.sort { $0.key.lexicographicallyPrecedes($1.key) }
    for (previous, next) in zip(keys, keys.dropFirst()) where previous.key == next.key {
      throw .metadata("the key \(entries[next.index].key.shortDescription) stands twice in a map")
    }
    return keys
  }
}

extension String {
  /// The order of encoded texts: by length in bytes, then by bytes.
  fileprivate func precedesAsCBOR(_ other: String) -> Bool {
    let (count, otherCount) = (utf8.count, other.utf8.count)
    return count == otherCount ? utf8.lexicographicallyPrecedes(other.utf8) : count < otherCount
  }
}
