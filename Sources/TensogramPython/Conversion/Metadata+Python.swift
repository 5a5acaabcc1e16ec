import CPython
import Tensogram

extension Metadata {
  /// The metadata that a caller hands to an encoder (contract §5.1).
  init(_ object: Borrowed) throws(PythonError) {
    if MetadataType.type.isInstance(object) {
      self = MetadataType.type.instance(object).metadata.withoutProvenance
      return
    }
    guard object.isDict else { throw .type("the metadata must be a dict, not \(object.typeName)") }
    self.init()
    let hasExtra = try object.hasEntry(Name.extra)
    var annotations: [CBORMap.Entry] = []
    try object.forEachEntry { key, value throws(PythonError) in
      let name = try Self.name(key, in: "the metadata")
      switch name {
      case Name.reserved.text: throw .value("'_reserved_' in the metadata is the library's own, leave it out")
      case Name.base.text: base = try Self.base(value)
      case Name.extra.text: extra = try Self.map(value, name, depth: 1)
      case Name.extraAlias.text:
        if !hasExtra { extra = try Self.map(value, name, depth: 1) }
      default: annotations.append(CBORMap.Entry(key: .text(name), value: try CBORValue(value, depth: 2)))
      }
    }
    addAnnotations(annotations)
  }

  /// Adds annotations that were given beside `_extra_`, whose own entries win.
  private mutating func addAnnotations(_ annotations: [CBORMap.Entry]) {
    let new = extra.isEmpty ? annotations : annotations.filter { extra[$0.key.text ?? ""] == nil }
    extra = CBORMap(entries: extra.entries + new)
  }

  private static func base(_ object: borrowing PythonObject) throws(PythonError) -> [CBORMap] {
    guard object.isList || object.isTuple else { throw .value("'base' must be a list, not \(object.typeName)") }
    var maps: [CBORMap] = []
    try object.forEachItem { item throws(PythonError) in
      let place = "base[\(maps.count)]"
      maps.append(try map(item, place, depth: 2, refusing: Name.reserved))
    }
    return maps
  }

  private static func map(
    _ object: borrowing PythonObject, _ place: String, depth: Int, refusing reserved: InternedString? = nil
  ) throws(PythonError) -> CBORMap {
    guard object.isDict else { throw .value("'\(place)' must be a dict, not \(object.typeName)") }
    var entries: [CBORMap.Entry] = []
    try object.forEachEntry { key, value throws(PythonError) in
      let name = try name(key, in: place)
      if let reserved, name == reserved.text {
        throw .value("'_reserved_' in \(place) is the library's own, leave it out")
      }
      entries.append(CBORMap.Entry(key: .text(name), value: try CBORValue(value, depth: depth + 1)))
    }
    return CBORMap(entries: entries)
  }

  private static func name(_ key: borrowing PythonObject, in place: String) throws(PythonError) -> String {
    guard key.isText else { throw .type("a key of \(place) must be a str, not \(key.typeName)") }
    return try key.text()
  }

  /// What an encoder takes again: the caller's part.
  private var withoutProvenance: Metadata {
    var copy = Metadata(base: base, extra: extra)
    for index in copy.base.indices { copy.base[index][Name.reserved.text] = nil }
    return copy
  }
}
