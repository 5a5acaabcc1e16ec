import Glibc

/// This library, as it names itself in the messages it writes.
public enum Library {
  public static let encoderName = "tensogram-swift"
  /// The version of the distribution: the published API level it replaces, and this library's own.
  public static let version = "0.24.0+swift.1"
}

/// The `_reserved_` entries that the library adds (wire format §3).
enum Provenance {
  /// Who wrote a message, when, and a name for it that no other has.
  static func message() -> CBORMap {
    let (high, low) = randomBits()
    return CBORMap(entries: [
      CBORMap.Entry(key: .text("time"), value: .text(timestamp(time(nil)))),
      CBORMap.Entry(key: .text("uuid"), value: .text(uuid(high: high, low: low))),
      CBORMap.Entry(key: .text("encoder"), value: encoder),
    ])
  }

  private static let encoder = CBORValue.map(
    CBORMap(entries: [
      CBORMap.Entry(key: .text("name"), value: .text(Library.encoderName)),
      CBORMap.Entry(key: .text("version"), value: .text(Library.version)),
    ]))

  /// 128 bits by one call of the system, where Swift's generator takes two: calls are most of what this costs.
  private static func randomBits() -> (UInt64, UInt64) {
    var bits = (UInt64.zero, UInt64.zero)
    let failure = unsafe withUnsafeMutableBytes(of: &bits) { unsafe getentropy($0.baseAddress, $0.count) }
    return failure == 0 ? bits : (.random(in: 0 ... .max), .random(in: 0 ... .max))
  }

  /// What an object's `base` entry says of its tensor.
  static func tensor(_ descriptor: DataObjectDescriptor) -> CBORMap {
    var tensor = CBORMap()
    tensor["ndim"] = CBORValue(descriptor.shape.rank)
    tensor["shape"] = .array(descriptor.shape.extents.map { CBORValue($0) })
    tensor["strides"] = .array(descriptor.strides.map { CBORValue($0) })
    tensor["dtype"] = .text(descriptor.dtype.rawValue)
    var map = CBORMap()
    map["tensor"] = .map(tensor)
    return map
  }

  /// UTC, `YYYY-MM-DDTHH:MM:SSZ`, of seconds since 1970.
  static func timestamp(_ seconds: Int) -> String {
    let (year, month, day) = civilDate(daysSince1970: seconds / 86_400)
    let time = seconds % 86_400
    var text = AsciiText<20>()
    text.append(digits: year, 4)
    text.append("-")
    text.append(digits: month, 2)
    text.append("-")
    text.append(digits: day, 2)
    text.append("T")
    text.append(digits: time / 3600, 2)
    text.append(":")
    text.append(digits: time / 60 % 60, 2)
    text.append(":")
    text.append(digits: time % 60, 2)
    text.append("Z")
    return text.string
  }

  /// Gregorian date of a day not before 1970, by eras of 400 years that start in March.
  private static func civilDate(daysSince1970 days: Int) -> (year: Int, month: Int, day: Int) {
    let shifted = days + 719_468
    let era = shifted / 146_097
    let dayOfEra = shifted % 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let marchMonth = (5 * dayOfYear + 2) / 153
    let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
    let day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
  }

  /// A version 4 UUID (RFC 9562 §5.4) of 128 random bits.
  static func uuid(high: UInt64, low: UInt64) -> String {
    var text = AsciiText<36>()
    text.append(hexDigits: high >> 32, 8)
    text.append("-")
    text.append(hexDigits: high >> 16, 4)
    text.append("-4")
    text.append(hexDigits: high, 3)
    text.append("-")
    text.append(hexDigits: low >> 48 & 0x3FFF | 0x8000, 4)
    text.append("-")
    text.append(hexDigits: low, 12)
    return text.string
  }
}

/// A text of `capacity` ASCII characters in the making, without a String for each part.
private struct AsciiText<let capacity: Int> {
  private var characters = InlineArray<capacity, UInt8>(repeating: 0)
  private var count = 0

  mutating func append(_ text: StaticString) {
    for index in 0..<text.utf8CodeUnitCount { append(unsafe text.utf8Start[index]) }
  }

  /// The last `width` decimal digits of `value`.
  mutating func append(digits value: Int, _ width: Int) {
    var power = 1
    for _ in 1..<width { power *= 10 }
    while power > 0 {
      append(UInt8(ascii: "0") + UInt8(value / power % 10))
      power /= 10
    }
  }

  /// The last `width` hexadecimal digits of `value`.
  mutating func append(hexDigits value: UInt64, _ width: Int) {
    for digit in stride(from: width - 1, through: 0, by: -1) {
      let nibble = UInt8(truncatingIfNeeded: value &>> UInt64(4 * digit) & 0xF)
      append(nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") - 10 + nibble)
    }
  }

  private mutating func append(_ character: UInt8) {
    characters[count] = character
    count += 1
  }

  var string: String {
    unsafe String(unsafeUninitializedCapacity: count) { buffer in
      for index in 0..<count { unsafe buffer[index] = characters[index] }
      return count
    }
  }
}
