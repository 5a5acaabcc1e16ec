import CPython
import Tensogram

/// How deep maps, arrays and tags may be nested in metadata (wire format §6), the outermost map included.
let maximumNesting = 64

extension PythonObject {
  /// The Python object for a value of metadata (contract §6.1): undefined is None, bignums are ints, other tags are
  /// their content.
  init(_ value: CBORValue) throws(PythonError) {
    switch value {
    case .unsigned(let number): try self.init(number)
    case .negative(let number):
      // −1 − n is ~n, which does not overflow.
      self = try PythonObject(number).inverted()
    case .bytes(let bytes): try self.init(bytes: bytes.span)
    case .text(let text): try self.init(text: text)
    case .array(let items):
      self = try .list(count: items.count) { position throws(PythonError) in try PythonObject(items[position]) }
    case .map(let map): try self.init(map)
    case .tagged(let tag, .bytes(let bytes)) where tag == 2 || tag == 3:
      self = try .bignum(bytes, isNegative: tag == 3)
    case .tagged(_, let content): try self.init(content)
    case .bool(let flag): self.init(flag)
    case .null, .undefined: self = .none
    case .simple(let number): try self.init(Int(number))
    case .float(let number): try self.init(number)
    }
  }

  /// The object for a value, or another one where there is none.
  init(_ value: CBORValue?, else other: consuming PythonObject) throws(PythonError) {
    if let value { try self.init(value) } else { self = other }
  }

  /// A dict in the order of the map.
  init(_ map: CBORMap) throws(PythonError) { try self.init(entries: map.entries) }

  /// A dict whose keys are in the order of their UTF-8, as properties of results show them; keys that are no text
  /// come last.
  init(sorting map: CBORMap) throws(PythonError) {
    if map.entries.allSatisfy({ $0.key.text != nil }) {
      self = try PythonObject(map).sortedByKeys()
    } else {
      try self.init(entries: map.sortedEntries)
    }
  }

  init(bytes: Span<UInt8>) throws(PythonError) {
    // Copies, and takes any address for no bytes.
    unsafe try self.init(
      bytes.withUnsafeBytes { unsafe PyBytes_FromStringAndSize($0.bindMemory(to: CChar.self).baseAddress, $0.count) })
  }

  private init(entries: [CBORMap.Entry]) throws(PythonError) {
    let dict = try PythonObject.dict()
    for entry in entries {
      switch entry.key {
      case .array, .map, .tagged:
        throw .value("MetadataError: a key of a map is itself an \(entry.key.kindName), which Python cannot use as one")
      default: try dict.setItem(PythonObject(entry.key), PythonObject(entry.value))
      }
    }
    self = dict
  }

  /// A dict of text keys as one in their order. Python compares code points, whose order is that of their UTF-8.
  private consuming func sortedByKeys() throws(PythonError) -> PythonObject {
    let keys = try dictKeys()
    let count = try keys.count()
    if count < 2 { return self }
    if unsafe PyList_Sort(keys.pointer) < 0 { throw .raised }
    let sorted = try PythonObject.dict()
    for position in 0..<count {
      let key = try keys.listItem(position)
      if let value = try entry(key) { try sorted.setItem(key, value) }
    }
    return sorted
  }

  /// An int of any size from its big-endian bytes (RFC 8949 §3.4.3).
  private static func bignum(_ bytes: [UInt8], isNegative: Bool) throws(PythonError) -> PythonObject {
    let digits = "0" + bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    let magnitude = unsafe try PythonObject(PyLong_FromString(digits, nil, 16))
    return isNegative ? try magnitude.inverted() : magnitude
  }
}

extension CBORMap {
  /// Text keys by the bytes of their UTF-8, the others behind in their order.
  var sortedEntries: [Entry] {
    let texts = entries.compactMap { entry in entry.key.text.map { (text: $0, entry: entry) } }
    let sorted = texts.sorted { $0.text.precedesBytewise($1.text) }.map(\.entry)
    return sorted.count == entries.count ? sorted : sorted + entries.filter { $0.key.text == nil }
  }
}

extension String {
  /// Order by the bytes of the UTF-8, as the keys of results have it; `<` would go by Unicode normal forms.
  func precedesBytewise(_ other: String) -> Bool { utf8.lexicographicallyPrecedes(other.utf8) }

  /// Whether both are the same bytes of UTF-8; `==` takes texts for equal that only look so.
  func isSameBytewise(as other: String) -> Bool { utf8.elementsEqual(other.utf8) }
}
