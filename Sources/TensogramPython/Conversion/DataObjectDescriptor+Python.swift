import CPython
import Tensogram

extension DataObjectDescriptor {
  /// The descriptor that a caller hands to an encoder (contract §4).
  ///
  /// Warns of keys that belong into the metadata; the warning names the Python line that called us.
  init(_ object: Borrowed) throws(PythonError) {
    guard object.isDict else { throw .value("a descriptor must be a dict, not \(object.typeName)") }
    let type = try Self.required(object, Key.type).text(Key.type)
    if type.isEmpty { throw .value("MetadataError: descriptor field 'type' must not be empty") }
    let shape = try Self.required(object, Key.shape).extents(Key.shape.text)
    let dtype = try Self.dtype(Self.required(object, Key.dtype))
    let extents = try core { () throws(TensogramError) in try Shape(shape) }
    self.init(type: type, shape: extents, dtype: dtype)
    if let given = try object.entry(Key.strides) { strides = try Self.strides(given, rank: extents.rank) }
    if let given = try object.entry(Key.byteOrder) { byteOrder = try Self.byteOrder(given.text(Key.byteOrder)) }
    encoding = try object.entry(Key.encoding)?.text(Key.encoding) ?? encoding
    filter = try object.entry(Key.filter)?.text(Key.filter) ?? filter
    compression = try object.entry(Key.compression)?.text(Key.compression) ?? compression
    parameters = try Self.parameters(object)
  }

  private enum Key {
    static let type = InternedString("type")
    static let shape = InternedString("shape")
    static let dtype = InternedString("dtype")
    static let strides = InternedString("strides")
    static let byteOrder = InternedString("byte_order")
    static let encoding = InternedString("encoding")
    static let filter = InternedString("filter")
    static let compression = InternedString("compression")
    static let ndim = InternedString("ndim")
    static let hash = InternedString("hash")
    static let masks = InternedString("masks")

    /// Those that are no parameters: read above, or of no meaning here.
    static let ownFields = [
      type, shape, dtype, strides, byteOrder, encoding, filter, compression, ndim, hash,
    ]
  }

  private static func required(_ object: Borrowed, _ key: InternedString) throws(PythonError) -> PythonObject {
    guard let value = try object.entry(key) else { throw .value("descriptor missing '\(key.text)'") }
    return value
  }

  private static func dtype(_ object: borrowing PythonObject) throws(PythonError) -> DType {
    let name = try object.text(Key.dtype)
    guard let dtype = DType(rawValue: name) else {
      let known = DType.allCases.map(\.rawValue).joined(separator: ", ")
      throw .value("unknown dtype: '\(name)', not one of \(known)")
    }
    return dtype
  }

  private static func byteOrder(_ name: String) throws(PythonError) -> ByteOrder {
    guard let order = ByteOrder(rawValue: name) else {
      throw .value("unknown byte_order: '\(name)', not one of big, little")
    }
    return order
  }

  private static func strides(_ object: borrowing PythonObject, rank: Int) throws(PythonError) -> [Int] {
    let strides = try object.extents(Key.strides.text)
    guard strides.count == rank else {
      throw .value("MetadataError: strides.len() is \(strides.count), which does not match the \(rank) axes of 'shape'")
    }
    return strides
  }

  private static func parameters(_ object: Borrowed) throws(PythonError) -> CBORMap {
    var entries: [CBORMap.Entry] = []
    var misplaced: [String] = []
    try object.forEachEntry { key, value throws(PythonError) in
      let borrowed = key.borrowed
      if Key.ownFields.contains(where: { $0.isIdentical(to: borrowed) }) { return }
      guard key.isText else { throw .type("a descriptor's keys must be str, not \(key.typeName)") }
      let name = try key.text()
      if Key.ownFields.contains(where: { $0.text == name }) { return }
      if name == Key.masks.text {
        throw .value(
          "descriptor field 'masks' is written by the library where the data has NaN or infinity, leave it out")
      }
      if applicationKeys.contains(name) { misplaced.append(name) }
      entries.append(CBORMap.Entry(key: .text(name), value: try CBORValue(value, depth: 1)))
    }
    if !misplaced.isEmpty { try warn(of: misplaced) }
    return CBORMap(entries: entries)
  }

  /// Names that tell application metadata that went into the wrong dict.
  private static let applicationKeys: Set<String> = [
    "name", "param", "shortName", "long_name", "description", "units", "dim_names", "mars", "cf", "product",
    "instrument",
  ]

  private static func warn(of keys: [String]) throws(PythonError) {
    let names = keys.map { "'\($0)'" }.joined(separator: ", ")
    let text =
      "descriptor has \(names), which looks like application metadata: it is kept in the descriptor's params, but "
      + "belongs into meta['base'][i]"
    // Level 1 is the Python code that called us.
    if unsafe PyErr_WarnEx(CPython_UserWarning(), text, 1) < 0 { throw .raised }
  }
}

extension PythonReference where Self: ~Copyable {
  /// The text of a descriptor's field; TypeError where it is no str.
  fileprivate func text(_ field: InternedString) throws(PythonError) -> String {
    guard isText else { throw .type("descriptor field '\(field.text)' must be a str, not \(typeName)") }
    return try text()
  }
}
