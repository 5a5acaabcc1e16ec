/// What a message says about itself and its objects (wire format §3).
public struct Metadata: Equatable, Sendable {
  /// One map per data object, with all application metadata of that object.
  public var base: [CBORMap]
  /// The library's provenance: encoder, time, uuid.
  public var reserved: CBORMap
  /// Annotations of the whole message.
  public var extra: CBORMap

  public init(base: [CBORMap] = [], reserved: CBORMap = CBORMap(), extra: CBORMap = CBORMap()) {
    self.base = base
    self.reserved = reserved
    self.extra = extra
  }

  static let reservedKey = "_reserved_"
  static let extraKey = "_extra_"
  static let baseKey = "base"
}

extension Metadata {
  /// Reads a metadata map; top-level keys without a meaning of their own become annotations.
  ///
  /// Throws a metadata error that names the key that is not what it must be, or that stands in two places.
  public init(cbor value: CBORValue) throws(TensogramError) {
    guard case .map(let map) = value else {
      throw .metadata("metadata must be a map, here is \(value.kindName)")
    }
    self.init()
    var strays: [CBORMap.Entry] = []
    for entry in map.entries {
      guard case .text(let key) = entry.key else {
        throw .metadata("the keys of metadata must be text, one is \(entry.key.kindName)")
      }
      switch key {
      case Self.baseKey: base = try Self.base(entry.value)
      case Self.reservedKey: reserved = try Self.map(entry.value, named: key)
      case Self.extraKey: extra = try Self.map(entry.value, named: key)
      default: strays.append(entry)
      }
    }
    try addAnnotations(strays)
  }

  private static func base(_ value: CBORValue) throws(TensogramError) -> [CBORMap] {
    guard case .array(let items) = value else {
      throw .metadata("'base' must be an array of maps, here is \(value.kindName)")
    }
    var maps: [CBORMap] = []
    maps.reserveCapacity(items.count)
    for (index, item) in items.enumerated() { maps.append(try map(item, named: "base[\(index)]")) }
    return maps
  }

  private static func map(
    _ value: CBORValue, named name: @autoclosure () -> String
  ) throws(TensogramError) -> CBORMap {
    guard case .map(let map) = value else { throw .metadata("'\(name())' must be a map, here is \(value.kindName)") }
    return map
  }

  private mutating func addAnnotations(_ strays: [CBORMap.Entry]) throws(TensogramError) {
    if strays.isEmpty { return }
    if extra.isEmpty {
      extra = CBORMap(entries: strays)
      return
    }
    let known = Set(extra.entries.compactMap { $0.key.text })
    for stray in strays {
      if let key = stray.key.text, known.contains(key) {
        throw .metadata("'\(key)' is ambiguous: it stands at the top level and in '_extra_'")
      }
      extra.entries.append(stray)
    }
  }

  /// The map as it is written: empty parts are left out.
  public var cbor: CBORValue {
    var entries: [CBORMap.Entry] = []
    if !base.isEmpty { entries.append(.init(key: .text(Self.baseKey), value: .array(base.map { .map($0) }))) }
    if !reserved.isEmpty { entries.append(.init(key: .text(Self.reservedKey), value: .map(reserved))) }
    if !extra.isEmpty { entries.append(.init(key: .text(Self.extraKey), value: .map(extra))) }
    return .map(CBORMap(entries: entries))
  }

  /// Lays a preceder's entry over the one of object `index`: its keys win, except the library's own.
  mutating func overlay(_ preceder: CBORMap, on index: Int) {
    var entry = base[index]
    var positions: [String: Int] = [:]
    for (position, present) in entry.entries.enumerated() {
      if let key = present.key.text { positions[key] = position }
    }
    for new in preceder.entries {
      guard let key = new.key.text, key != Self.reservedKey else { continue }
      if let position = positions[key] { entry.entries[position] = new } else { entry.entries.append(new) }
    }
    base[index] = entry
  }
}
