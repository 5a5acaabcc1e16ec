/// The eight kinds of data item (RFC 8949, section 3.1), by the top three bits of the first byte.
enum CBORMajorType: UInt8 {
  case unsigned, negative, bytes, text, array, map, tag, simple
}

/// The head of a data item: its first byte, and the argument that stands in or after it.
struct CBORHead {
  /// Where the head begins.
  let position: Int
  let initialByte: UInt8
  /// The number in the head; 0 for an indefinite length.
  let argument: UInt64

  static let breakByte: UInt8 = 0xff

  /// Below 24 the argument itself, 24 … 27 its width, 31 an indefinite length or a break.
  var additionalInformation: UInt8 { initialByte & 31 }
  var isIndefinite: Bool { additionalInformation == 31 }

  var majorType: CBORMajorType {
    switch initialByte >> 5 {
    case 0: .unsigned
    case 1: .negative
    case 2: .bytes
    case 3: .text
    case 4: .array
    case 5: .map
    case 6: .tag
    default: .simple
    }
  }
}

/// How many items of a container are still to come.
struct CBORItemsLeft {
  var count: Int
  let isIndefinite: Bool

  /// Room worth reserving ahead: the count is only a claim, so it buys little memory before items back it.
  var reservableCount: Int { min(count, 1024) }
}

/// Limits of the format, for reading and writing alike.
enum CBORLimits {
  /// Arrays, maps and tags that may be open around an item.
  static let nesting = 64
}
