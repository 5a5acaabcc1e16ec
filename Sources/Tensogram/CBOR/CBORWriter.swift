/// Writes canonical CBOR (RFC 8949, section 4.2.1): one value has one encoding.
///
///     let bytes = try CBORWriter.encode(.map(metadata))
///
/// Lengths are definite, heads the shortest there are, each float in the shortest of half, single and double precision
/// that holds its value exactly (NaN is `7e00`), map keys in bytewise order of their encodings, so shorter texts first.
/// Keys that come twice in a map, more than 64 levels of nesting, and the simple values 24 … 31, which CBOR does not
/// have, are metadata errors.
public enum CBORWriter {
  /// The canonical encoding of `value`.
  public static func encode(_ value: CBORValue) throws(TensogramError) -> [UInt8] {
    let byteCount = try byteCount(value)
    return try [UInt8](capacity: byteCount) { (span: inout OutputSpan<UInt8>) throws(TensogramError) in
      try unsafe span.withUnsafeMutableBufferPointer { (buffer, count) throws(TensogramError) in
        // The raw span is done with before the buffer, which is of exactly the size that the encoding takes.
        let memory = UnsafeMutableRawBufferPointer(buffer)
        var output = unsafe OutputRawSpan(buffer: memory, initializedCount: 0)
        try output.appendCBOR(value)
        count = unsafe output.finalize(for: memory)
      }
    }
  }

  /// Appends the canonical encoding of `value`. Room that is too small is an error before anything is written.
  public static func write(_ value: CBORValue, into output: inout OutputRawSpan) throws(TensogramError) {
    let byteCount = try byteCount(value)
    guard byteCount <= output.freeCapacity else {
      throw .metadata("the CBOR takes \(byteCount) bytes, but there is room for \(output.freeCapacity)")
    }
    try output.appendCBOR(value)
  }

  /// The length of the encoding of `value`. Finds every error but repeated keys.
  public static func byteCount(_ value: CBORValue) throws(TensogramError) -> Int {
    try byteCount(value, depth: 0)
  }

  private static func byteCount(_ value: CBORValue, depth: Int) throws(TensogramError) -> Int {
    switch value {
    case .unsigned(let argument), .negative(let argument): return headByteCount(argument)
    case .bytes(let bytes): return headByteCount(UInt64(bytes.count)) + bytes.count
    case .text(let text):
      let count = text.utf8.count
      return headByteCount(UInt64(count)) + count
    case .array(let items):
      try checkDepth(depth)
      var count = headByteCount(UInt64(items.count))
      for item in items { count += try byteCount(item, depth: depth + 1) }
      return count
    case .map(let map):
      try checkDepth(depth)
      var count = headByteCount(UInt64(map.count))
      for entry in map.entries {
        count += try byteCount(entry.key, depth: depth + 1) + byteCount(entry.value, depth: depth + 1)
      }
      return count
    case .tagged(let tag, let content):
      try checkDepth(depth)
      return headByteCount(tag) + (try byteCount(content, depth: depth + 1))
    case .bool, .null, .undefined: return 1
    case .simple(let number):
      guard !(24..<32).contains(number) else { throw .metadata("CBOR has no simple value \(number)") }
      return number < 24 ? 1 : 2
    case .float(let value): return CBORShortestFloat(value).byteCount
    }
  }

  private static func checkDepth(_ depth: Int) throws(TensogramError) {
    guard depth < CBORLimits.nesting else {
      throw .metadata("values are nested more than \(CBORLimits.nesting) levels deep")
    }
  }

  private static func headByteCount(_ argument: UInt64) -> Int {
    switch argument {
    case 0..<24: 1
    case 24...0xff: 2
    case 0x100...0xffff: 3
    case 0x1_0000...0xffff_ffff: 5
    default: 9
    }
  }
}

extension OutputRawSpan {
  /// Appends a value that ``CBORWriter/byteCount(_:)`` has found to be sound and to fit.
  @_lifetime(self: copy self)
  mutating func appendCBOR(_ value: CBORValue) throws(TensogramError) {
    switch value {
    case .unsigned(let argument): appendHead(.unsigned, argument)
    case .negative(let argument): appendHead(.negative, argument)
    case .bytes(let bytes):
      appendHead(.bytes, UInt64(bytes.count))
      append(contentsOf: bytes.span)
    case .text(let text):
      let content = text.utf8Span.span
      appendHead(.text, UInt64(content.count))
      append(contentsOf: content)
    case .array(let items):
      appendHead(.array, UInt64(items.count))
      for item in items { try appendCBOR(item) }
    case .map(let map): try appendCBOR(map)
    case .tagged(let tag, let content):
      appendHead(.tag, tag)
      try appendCBOR(content)
    case .bool(let value): append(value ? 0xf5 : 0xf4)
    case .null: append(0xf6)
    case .undefined: append(0xf7)
    case .simple(let number): appendHead(.simple, UInt64(number))
    case .float(let value):
      switch CBORShortestFloat(value) {
      case .half(let bits): appendHead(0xf9, bits)
      case .single(let bits): appendHead(0xfa, bits)
      case .double(let bits): appendHead(0xfb, bits)
      }
    }
  }

  @_lifetime(self: copy self)
  mutating func appendHead(_ type: CBORMajorType, _ argument: UInt64) {
    let initialByte = type.rawValue << 5
    switch argument {
    case 0..<24: append(initialByte | UInt8(argument))
    case 24...0xff: appendHead(initialByte | 24, UInt8(argument))
    case 0x100...0xffff: appendHead(initialByte | 25, UInt16(argument))
    case 0x1_0000...0xffff_ffff: appendHead(initialByte | 26, UInt32(argument))
    default: appendHead(initialByte | 27, argument)
    }
  }

  @_lifetime(self: copy self)
  private mutating func appendHead(_ initialByte: UInt8, _ argument: some FixedWidthInteger & BitwiseCopyable) {
    append(initialByte)
    // Checks the capacity; an integer is its bytes.
    unsafe append(argument.bigEndian, as: type(of: argument))
  }

  /// Appends bytes that fit; more are a trap.
  @_lifetime(self: copy self)
  mutating func append(contentsOf bytes: Span<UInt8>) {
    precondition(bytes.count <= freeCapacity)
    // One copy, just checked against the room that is left.
    unsafe withUnsafeMutableBytes { (memory, count) in
      let room = unsafe UnsafeMutableRawBufferPointer(rebasing: memory[count...])
      unsafe bytes.withUnsafeBytes { unsafe room.copyMemory(from: $0) }
      count += bytes.count
    }
  }
}

/// The bits of a float in the shortest format that holds its value exactly.
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

  /// With the byte of the head.
  var byteCount: Int {
    switch self {
    case .half: 3
    case .single: 5
    case .double: 9
    }
  }
}
