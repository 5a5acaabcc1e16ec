/// Where a written object's frame stands in its message.
struct WrittenObject: Sendable {
  var offset: Int
  /// Without padding.
  var length: Int
  var digest: UInt64
}

/// The bodies of index and hash frames (wire format §4), written as the CBOR they are.
enum Directory {
  /// `{"lengths": […], "offsets": […]}`, offsets reduced by `shift`.
  static func index(_ objects: [WrittenObject], shift: Int = 0) -> [UInt8] {
    var body: [UInt8] = []
    body.reserveCapacity(indexSize(objects, shift: shift))
    body.appendHead(.map, 2)
    body.appendText("lengths")
    body.appendHead(.array, UInt64(objects.count))
    for object in objects { body.appendHead(.unsigned, UInt64(object.length)) }
    body.appendText("offsets")
    body.appendHead(.array, UInt64(objects.count))
    for object in objects { body.appendHead(.unsigned, UInt64(object.offset - shift)) }
    return body
  }

  /// Bytes of ``index(_:shift:)``.
  static func indexSize(_ objects: [WrittenObject], shift: Int = 0) -> Int {
    var size = 1 + 2 * (1 + 7 + headSize(UInt64(objects.count)))
    for object in objects { size += headSize(UInt64(object.length)) + headSize(UInt64(object.offset - shift)) }
    return size
  }

  /// Bytes that an index of `count` objects takes at most.
  static func largestIndexSize(_ count: Int) -> Int { 1 + 2 * (1 + 7 + headSize(UInt64(count)) + 9 * count) }

  /// `{"hashes": […], "algorithm": "xxh3"}`.
  static func hashes(_ objects: [WrittenObject]) -> [UInt8] {
    var body: [UInt8] = []
    body.reserveCapacity(hashesSize(objects.count))
    body.appendHead(.map, 2)
    body.appendText("hashes")
    body.appendHead(.array, UInt64(objects.count))
    for object in objects {
      body.appendHead(.text, 16)
      for digit in 0..<16 { body.append(hexDigit(object.digest &>> UInt64(60 - 4 * digit) & 0xF)) }
    }
    body.appendText("algorithm")
    body.appendText("xxh3")
    return body
  }

  /// Bytes of ``hashes(_:)`` for `count` objects.
  static func hashesSize(_ count: Int) -> Int { 1 + 7 + headSize(UInt64(count)) + 17 * count + 10 + 5 }

  private static func headSize(_ argument: UInt64) -> Int {
    switch argument {
    case 0..<24: 1
    case 24...0xFF: 2
    case 0x100...0xFFFF: 3
    case 0x1_0000...0xFFFF_FFFF: 5
    default: 9
    }
  }

  private static func hexDigit(_ value: UInt64) -> UInt8 {
    UInt8(truncatingIfNeeded: value < 10 ? 48 + value : 87 + value)
  }
}

extension [UInt8] {
  /// The start of a CBOR item with its argument in the shortest form (RFC 8949 §3).
  fileprivate mutating func appendHead(_ type: CBORMajorType, _ argument: UInt64) {
    let major = type.rawValue << 5
    func append(_ bytes: Int) {
      for byte in 0..<bytes { self.append(UInt8(truncatingIfNeeded: argument >> UInt64(8 * (bytes - 1 - byte)))) }
    }
    switch argument {
    case 0..<24: self.append(major | UInt8(argument))
    case 24...0xFF:
      self.append(major | 24)
      append(1)
    case 0x100...0xFFFF:
      self.append(major | 25)
      append(2)
    case 0x1_0000...0xFFFF_FFFF:
      self.append(major | 26)
      append(4)
    default:
      self.append(major | 27)
      append(8)
    }
  }

  fileprivate mutating func appendText(_ text: String) {
    appendHead(.text, UInt64(text.utf8.count))
    append(contentsOf: text.utf8)
  }
}
