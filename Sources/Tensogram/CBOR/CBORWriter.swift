/// Writes canonical CBOR (RFC 8949, section 4.2.1): one value has one encoding.
///
///     let bytes = try CBORWriter.encode(.map(metadata))
///
/// Lengths are definite, heads the shortest there are, each float in the shortest of half, single and double precision
/// that holds its value exactly (NaN is `7e00`), map keys in bytewise order of their encodings, so shorter texts first.
/// Keys that come twice in a map, more than 64 levels of nesting, and the simple values 24 … 31, which CBOR does not
/// have, are metadata errors.
public struct CBORWriter: ~Copyable {
  var output = CBOROutput(capacity: 512)
  /// Kept for the next map that must be sorted.
  var entryRanges: [CBOREntryRange] = []

  /// The canonical encoding of `value`.
  public static func encode(_ value: CBORValue) throws(TensogramError) -> [UInt8] {
    var writer = CBORWriter()
    try writer.write(value, depth: 0)
    return [UInt8](writer.output.bytes)
  }

  /// Appends the canonical encoding of `value`; after an error `output` is as before.
  public static func append(_ value: CBORValue, to output: inout [UInt8]) throws(TensogramError) {
    var writer = CBORWriter()
    try writer.write(value, depth: 0)
    // The buffer does not outlive the closure.
    unsafe writer.output.bytes.withUnsafeBytes { unsafe output.append(contentsOf: $0) }
  }

  /// As ``append(_:to:)``. Room that is too small is an error, too.
  public static func write(_ value: CBORValue, into output: inout OutputRawSpan) throws(TensogramError) {
    var writer = CBORWriter()
    try writer.write(value, depth: 0)
    guard writer.output.count <= output.freeCapacity else {
      throw .metadata("the CBOR takes \(writer.output.count) bytes, but there is room for \(output.freeCapacity)")
    }
    output.append(copying: writer.output.bytes)
  }

  /// `depth` containers and tags are open around the item.
  mutating func write(_ value: CBORValue, depth: Int) throws(TensogramError) {
    switch value {
    case .unsigned(let argument): writeHead(.unsigned, argument)
    case .negative(let argument): writeHead(.negative, argument)
    case .bytes(let bytes):
      writeHead(.bytes, UInt64(bytes.count))
      // Bytes have no padding.
      unsafe output.append(contentsOf: bytes.span.bytes)
    case .text(let text):
      writeHead(.text, UInt64(text.utf8.count))
      output.append(contentsOf: text)
    case .array(let items):
      try Self.checkDepth(depth)
      writeHead(.array, UInt64(items.count))
      for item in items { try write(item, depth: depth + 1) }
    case .map(let map):
      try Self.checkDepth(depth)
      try write(map, depth: depth + 1)
    case .tagged(let tag, let content):
      try Self.checkDepth(depth)
      writeHead(.tag, tag)
      try write(content, depth: depth + 1)
    case .bool(let value): output.append(value ? 0xf5 : 0xf4)
    case .null: output.append(0xf6)
    case .undefined: output.append(0xf7)
    case .simple(let number):
      try Self.checkSimpleValue(number)
      writeHead(.simple, UInt64(number))
    case .float(let value): write(value)
    }
  }

  static func checkDepth(_ depth: Int) throws(TensogramError) {
    guard depth < CBORLimits.nesting else {
      throw .metadata("values are nested more than \(CBORLimits.nesting) levels deep")
    }
  }

  static func checkSimpleValue(_ number: UInt8) throws(TensogramError) {
    guard !(24..<32).contains(number) else { throw .metadata("CBOR has no simple value \(number)") }
  }

  @inline(__always)
  mutating func writeHead(_ type: CBORMajorType, _ argument: UInt64) {
    let initialByte = type.rawValue << 5
    switch argument {
    case ..<24: output.append(initialByte | UInt8(argument))
    case ...0xff: output.append(initialByte | 24, UInt8(argument))
    case ...0xffff: output.append(initialByte | 25, UInt16(argument))
    case ...0xffff_ffff: output.append(initialByte | 26, UInt32(argument))
    default: output.append(initialByte | 27, argument)
    }
  }

  private mutating func write(_ value: Double) {
    switch CBORShortestFloat(value) {
    case .half(let bits): output.append(0xf9, bits)
    case .single(let bits): output.append(0xfa, bits)
    case .double(let bits): output.append(0xfb, bits)
    }
  }
}

/// The bits of a float in the shortest precision that holds its value exactly.
enum CBORShortestFloat {
  case half(UInt16)
  case single(UInt32)
  case double(UInt64)

  init(_ value: Double) {
    let single = Float(value)
    let half = Float16(single)
    if value.isNaN {
      self = .half(0x7e00)
    } else if Double(single) != value {
      self = .double(value.bitPattern)
    } else if Float(half) != single {
      self = .single(single.bitPattern)
    } else {
      self = .half(half.bitPattern)
    }
  }
}
