/// What one data object is and how its payload was made (wire format §5).
public struct DataObjectDescriptor: Equatable, Sendable {
  /// `ntensor`, or whatever a producer called it; never empty.
  public var type: String
  public var shape: Shape
  /// Informative; in elements, row-major unless a producer said otherwise.
  public var strides: [Int]
  public var dtype: DType
  /// Of the payload's elements.
  public var byteOrder: ByteOrder
  public var encoding: String
  public var filter: String
  public var compression: String
  /// Where the non-finite masks stand (§5.1), as the message has it.
  public var masks: CBORMap?
  /// Every other key: codec parameters, and what a producer put there.
  public var parameters: CBORMap

  public init(
    type: String = "ntensor", shape: Shape, strides: [Int]? = nil, dtype: DType, byteOrder: ByteOrder = .native,
    encoding: String = "none", filter: String = "none", compression: String = "none", parameters: CBORMap = CBORMap()
  ) {
    self.type = type
    self.shape = shape
    self.strides = strides ?? shape.strides
    self.dtype = dtype
    self.byteOrder = byteOrder
    self.encoding = encoding
    self.filter = filter
    self.compression = compression
    self.parameters = parameters
  }

  /// Bytes of the whole object decoded: elements times width, or packed bits.
  public var byteCount: Int {
    get throws(TensogramError) { try dtype.byteCount(shape.count) }
  }
}

extension DataObjectDescriptor {
  /// Reads a descriptor; a missing or malformed field is a metadata error that names it.
  ///
  /// `ndim` and the number of strides may disagree with the shape, which decides; `byte_order` may be absent.
  public init(cbor value: CBORValue) throws(TensogramError) {
    guard case .map(let map) = value else {
      throw .metadata("a descriptor must be a map, here is \(value.kindName)")
    }
    var fields = Fields()
    for entry in map.entries {
      guard case .text(let key) = entry.key else {
        throw .metadata("a descriptor's keys must be text, one is \(entry.key.kindName)")
      }
      try fields.take(key, entry)
    }
    type = try fields.require(fields.type, "type")
    _ = try fields.require(fields.ndim, "ndim")
    shape = try Shape(fields.require(fields.shape, "shape"))
    strides = try fields.require(fields.strides, "strides")
    dtype = try fields.require(fields.dtype, "dtype")
    byteOrder = fields.byteOrder ?? .native
    encoding = try fields.require(fields.encoding, "encoding")
    filter = try fields.require(fields.filter, "filter")
    compression = try fields.require(fields.compression, "compression")
    masks = fields.masks
    parameters = fields.parameters
  }

  private struct Fields {
    var type: String?
    var ndim: Int?
    var shape: [Int]?
    var strides: [Int]?
    var dtype: DType?
    var byteOrder: ByteOrder?
    var encoding: String?
    var filter: String?
    var compression: String?
    var masks: CBORMap?
    var parameters = CBORMap()

    mutating func take(_ key: String, _ entry: CBORMap.Entry) throws(TensogramError) {
      switch key {
      case "type": type = try text(key, entry.value)
      case "ndim": ndim = try integer(key, entry.value)
      case "shape": shape = try integers(key, entry.value)
      case "strides": strides = try integers(key, entry.value)
      case "dtype":
        let name = try text(key, entry.value)
        guard let known = DType(rawValue: name) else { throw .metadata("unknown dtype: '\(name)'") }
        dtype = known
      case "byte_order":
        let name = try text(key, entry.value)
        guard let known = ByteOrder(rawValue: name) else { throw .metadata("unknown byte_order: '\(name)'") }
        byteOrder = known
      case "encoding": encoding = try text(key, entry.value)
      case "filter": filter = try text(key, entry.value)
      case "compression": compression = try text(key, entry.value)
      case "masks":
        guard case .map(let map) = entry.value else {
          throw .metadata("descriptor field 'masks' must be a map, here is \(entry.value.kindName)")
        }
        masks = map
      default: parameters.entries.append(entry)
      }
    }

    func require<Value>(_ value: Value?, _ key: String) throws(TensogramError) -> Value {
      guard let value else { throw .metadata("descriptor is missing '\(key)'") }
      return value
    }

    private func text(_ key: String, _ value: CBORValue) throws(TensogramError) -> String {
      guard case .text(let text) = value else {
        throw .metadata("descriptor field '\(key)' must be text, here is \(value.kindName)")
      }
      return text
    }

    private func integer(_ key: String, _ value: CBORValue) throws(TensogramError) -> Int {
      guard let integer = value.int, integer >= 0 else {
        throw .metadata("descriptor field '\(key)' must hold counts below 2^63, here is \(value.kindName)")
      }
      return integer
    }

    private func integers(_ key: String, _ value: CBORValue) throws(TensogramError) -> [Int] {
      guard case .array(let items) = value else {
        throw .metadata("descriptor field '\(key)' must be an array, here is \(value.kindName)")
      }
      var result: [Int] = []
      result.reserveCapacity(items.count)
      for item in items { result.append(try integer(key, item)) }
      return result
    }
  }

  /// The descriptor as it is written; keys get their canonical order from the writer.
  public var cbor: CBORValue {
    var entries: [CBORMap.Entry] = []
    entries.reserveCapacity(10 + parameters.count)
    func add(_ key: String, _ value: CBORValue) { entries.append(.init(key: .text(key), value: value)) }
    add("type", .text(type))
    add("ndim", CBORValue(shape.rank))
    add("shape", .array(shape.extents.map { CBORValue($0) }))
    add("strides", .array(strides.map { CBORValue($0) }))
    add("dtype", .text(dtype.rawValue))
    add("byte_order", .text(byteOrder.rawValue))
    add("encoding", .text(encoding))
    add("filter", .text(filter))
    add("compression", .text(compression))
    if let masks { add("masks", .map(masks)) }
    entries.append(contentsOf: parameters.entries)
    return .map(CBORMap(entries: entries))
  }
}
