/// One CBOR data item (RFC 8949).
///
///     let value = try CBORReader.decode(bytes)
///     value.map?["base"]?.array?.count
///     let canonical = try CBORWriter.encode(value)
///
/// Two values are equal where they are the same item, see ``==(_:_:)``.
public enum CBORValue: Sendable {
  /// 0 … 2^64 − 1.
  case unsigned(UInt64)
  /// −1 − n, so −1 … −2^64.
  case negative(UInt64)
  case bytes([UInt8])
  case text(String)
  case array([CBORValue])
  case map(CBORMap)
  indirect case tagged(UInt64, CBORValue)
  case bool(Bool)
  case null
  case undefined
  /// A simple value other than the four above.
  case simple(UInt8)
  /// A float of any width on the wire; written in the shortest that holds the value.
  case float(Double)
}

extension CBORValue {
  public init(_ integer: Int) {
    self = integer >= 0 ? .unsigned(UInt64(integer)) : .negative(UInt64(-1 - integer))
  }

  /// The integer, where it is one and fits.
  public var int: Int? {
    switch self {
    case .unsigned(let value): Int(exactly: value)
    case .negative(let value): Int(exactly: value).map { -1 - $0 }
    default: nil
    }
  }

  public var text: String? { if case .text(let value) = self { value } else { nil } }
  public var map: CBORMap? { if case .map(let value) = self { value } else { nil } }
  public var array: [CBORValue]? { if case .array(let value) = self { value } else { nil } }

  /// What kind of item this is, for error texts.
  public var kindName: String {
    switch self {
    case .unsigned, .negative: "integer"
    case .bytes: "bytes"
    case .text: "text"
    case .array: "array"
    case .map: "map"
    case .tagged: "tagged value"
    case .bool: "bool"
    case .null: "null"
    case .undefined: "undefined"
    case .simple: "simple value"
    case .float: "float"
    }
  }

  /// Short enough for an error text.
  var shortDescription: String {
    switch self {
    case .unsigned(let value): "\(value)"
    case .negative(let value) where value < UInt64.max: "-\(value + 1)"
    case .negative: "-18446744073709551616"
    case .text(let value): value.utf8.count <= 80 ? "'\(value)'" : "'\(value.unicodeScalars.prefix(60))…'"
    case .bool(let value): "\(value)"
    case .float(let value): "\(value)"
    default: "of kind \(kindName)"
    }
  }
}

/// The entries of a CBOR map in the order they were read or added; keys are unique. Two maps are equal where they have
/// equal entries in the same order.
public struct CBORMap: Equatable, Sendable {
  public struct Entry: Equatable, Sendable {
    public var key: CBORValue
    public var value: CBORValue

    public init(key: CBORValue, value: CBORValue) {
      self.key = key
      self.value = value
    }
  }

  public internal(set) var entries: [Entry]

  public init() { entries = [] }

  /// Trusts that the keys are unique.
  public init(entries: [Entry]) { self.entries = entries }

  public var isEmpty: Bool { entries.isEmpty }
  public var count: Int { entries.count }

  /// The value of a text key; linear in the number of entries. Setting nil removes the entry.
  public subscript(key: String) -> CBORValue? {
    get { index(of: key).map { entries[$0].value } }
    set {
      switch (index(of: key), newValue) {
      case (let index?, let value?): entries[index].value = value
      case (let index?, nil): entries.remove(at: index)
      case (nil, let value?): entries.append(Entry(key: .text(key), value: value))
      case (nil, nil): break
      }
    }
  }

  private func index(of key: String) -> Int? {
    entries.firstIndex { if case .text(let text) = $0.key { text.isSameUTF8(as: key) } else { false } }
  }
}
