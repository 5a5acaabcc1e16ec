extension CBORWriter {
  /// The length of the canonical encoding of `value`, for layouts that are settled before anything is written.
  ///
  /// Finds the errors of ``encode(_:)`` but for repeated keys.
  public static func byteCount(_ value: CBORValue) throws(TensogramError) -> Int {
    try byteCount(value, depth: 0)
  }

  private static func byteCount(_ value: CBORValue, depth: Int) throws(TensogramError) -> Int {
    switch value {
    case .unsigned(let argument), .negative(let argument): return headByteCount(argument)
    case .bytes(let bytes): return headByteCount(UInt64(bytes.count)) + bytes.count
    case .text(let text): return headByteCount(UInt64(text.utf8.count)) + text.utf8.count
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
      try checkSimpleValue(number)
      return headByteCount(UInt64(number))
    case .float(let value):
      return switch CBORShortestFloat(value) {
      case .half: 3
      case .single: 5
      case .double: 9
      }
    }
  }

  private static func headByteCount(_ argument: UInt64) -> Int {
    switch argument {
    case ..<24: 1
    case ...0xff: 2
    case ...0xffff: 3
    case ...0xffff_ffff: 5
    default: 9
    }
  }
}
