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
    var encoder = CBORMap()
    encoder["name"] = .text(Library.encoderName)
    encoder["version"] = .text(Library.version)
    var map = CBORMap()
    map["encoder"] = .map(encoder)
    map["time"] = .text(timestamp(time(nil)))
    map["uuid"] = .text(uuid(high: .random(in: 0 ... .max), low: .random(in: 0 ... .max)))
    return map
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
    func digits(_ value: Int, _ count: Int) -> String {
      let text = String(value)
      return String(repeating: "0", count: max(count - text.utf8.count, 0)) + text
    }
    return digits(year, 4) + "-" + digits(month, 2) + "-" + digits(day, 2) + "T"
      + digits(time / 3600, 2) + ":" + digits(time / 60 % 60, 2) + ":" + digits(time % 60, 2) + "Z"
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
    let versioned = high & ~0xF000 | 0x4000
    let variant = low & ~(0b11 << 62) | 0b10 << 62
    let text = Array((String(hexDigest: versioned) + String(hexDigest: variant)).utf8)
    var grouped: [UInt8] = []
    grouped.reserveCapacity(36)
    for (index, digit) in text.enumerated() {
      if index == 8 || index == 12 || index == 16 || index == 20 { grouped.append(UInt8(ascii: "-")) }
      grouped.append(digit)
    }
    return String(decoding: grouped, as: UTF8.self)
  }
}
