extension Metadata {
  /// The value of a key: in the entries of the objects in turn, the library's own apart, then in the annotations.
  public func value(of key: String) -> CBORValue? {
    if key != Self.reservedKey {
      for entry in base {
        if let value = entry[key] { return value }
      }
    }
    return extra[key]
  }

  /// The value at a dotted path, searched for as a whole in each object's entry and then in the annotations; `extra.`
  /// or `_extra_.` in front confines it to these.
  public func value(at path: String) -> CBORValue? {
    let keys = Self.keys(of: path)
    guard let first = keys.first else { return nil }
    if first == Self.extraKey || first == Self.extraAlias { return extra.value(at: keys.dropFirst()) }
    if first != Self.reservedKey {
      for entry in base {
        if let value = entry.value(at: keys) { return value }
      }
    }
    return extra.value(at: keys)
  }

  /// The value at a dotted path in the entry of one object.
  public func value(at path: String, inObject index: Int) -> CBORValue? {
    let keys = Self.keys(of: path)
    guard base.indices.contains(index), keys.first != Self.reservedKey else { return nil }
    return base[index].value(at: keys)
  }

  /// The annotations' other name in paths.
  private static let extraAlias = "extra"

  private static func keys(of path: String) -> ArraySlice<String> {
    if path.isEmpty { return [] }
    var keys: [String] = []
    var start = path.startIndex
    while let end = path.utf8[start...].firstIndex(of: UInt8(ascii: ".")) {
      keys.append(String(path[start..<end]))
      start = path.utf8.index(after: end)
    }
    keys.append(String(path[start...]))
    return keys[...]
  }
}

extension CBORMap {
  /// The value that a chain of keys leads to through nested maps; nil for no keys.
  fileprivate func value(at keys: ArraySlice<String>) -> CBORValue? {
    guard let first = keys.first, let value = self[first] else { return nil }
    return keys.count == 1 ? value : value.map?.value(at: keys.dropFirst())
  }
}
