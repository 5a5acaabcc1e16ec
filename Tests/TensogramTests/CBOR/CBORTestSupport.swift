import Testing

@testable import Tensogram

/// The bytes that hexadecimal text spells; blanks are of no account.
func bytes(_ hex: String) -> [UInt8] {
  let digits = hex.compactMap(\.hexDigitValue)
  return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
}

func hex(_ bytes: [UInt8]) -> String {
  bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
}

/// `[UInt8]` has no padding, so that the raw span of it holds nothing uninitialised.
func decode(_ bytes: [UInt8]) throws(TensogramError) -> CBORValue {
  try unsafe CBORReader.decode(bytes.span.bytes)
}

func validate(_ bytes: [UInt8]) throws(TensogramError) { try unsafe CBORReader.validate(bytes.span.bytes) }

/// The number in four bytes, the first the highest.
func bigEndian(_ number: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * $0)) } }

/// The value, or the error, as a thing to compare.
func outcome(of bytes: [UInt8]) -> Result<CBORValue, TensogramError> {
  do { return .success(try decode(bytes)) } catch { return .failure(error) }
}

/// SplitMix64: the same numbers for the same seed everywhere.
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var bits = state
    bits = (bits ^ (bits >> 30)) &* 0xbf58_476d_1ce4_e5b9
    bits = (bits ^ (bits >> 27)) &* 0x94d0_49bb_1331_11eb
    return bits ^ (bits >> 31)
  }
}

/// CBOR written the plain way, as the oracle for the writer; with a generator, in any of the forms a producer may use.
struct ReferenceEncoder {
  var variation: SeededGenerator?

  static func canonical(_ value: CBORValue) -> [UInt8] {
    var encoder = ReferenceEncoder(variation: nil)
    return encoder.encode(value)
  }

  private mutating func chance(_ oneIn: Int) -> Bool {
    guard var generator = variation else { return false }
    defer { variation = generator }
    return Int.random(in: 0..<oneIn, using: &generator) == 0
  }

  mutating func encode(_ value: CBORValue) -> [UInt8] {
    switch value {
    case .unsigned(let argument): head(0, argument)
    case .negative(let argument): head(1, argument)
    case .bytes(let content): string(2, [content.map { [$0] }].flatMap { $0 })
    case .text(let content): string(3, content.unicodeScalars.map { Array(String($0).utf8) })
    case .array(let items): container(4, items.map { encode($0) })
    case .map(let map): encode(map)
    case .tagged(let tag, let content): head(6, tag) + encode(content)
    case .bool(let value): [value ? 0xf5 : 0xf4]
    case .null: [0xf6]
    case .undefined: [0xf7]
    case .simple(let number): number < 24 ? [0xe0 | number] : [0xf8, number]
    case .float(let value): float(value)
    }
  }

  private mutating func head(_ majorType: UInt8, _ argument: UInt64) -> [UInt8] {
    var width = argument < 24 ? 0 : argument <= 0xff ? 1 : argument <= 0xffff ? 2 : argument <= 0xffff_ffff ? 4 : 8
    while width < 8, chance(4) { width = max(width * 2, 1) }
    guard width > 0 else { return [majorType << 5 | UInt8(argument)] }
    return [majorType << 5 | UInt8(24 + width.trailingZeroBitCount)]
      + (0..<width).reversed().map { UInt8(truncatingIfNeeded: argument >> (8 * UInt64($0))) }
  }

  /// `units` may not be split: bytes, or the code units of one scalar.
  private mutating func string(_ majorType: UInt8, _ units: [[UInt8]]) -> [UInt8] {
    guard chance(4) else {
      let content = units.flatMap { $0 }
      return head(majorType, UInt64(content.count)) + content
    }
    var result: [UInt8] = [majorType << 5 | 31]
    var chunk: [UInt8] = []
    for unit in units {
      chunk += unit
      if chance(3) {
        result += head(majorType, UInt64(chunk.count)) + chunk
        chunk = []
      }
    }
    return result + head(majorType, UInt64(chunk.count)) + chunk + [0xff]
  }

  /// `parts` are the encoded items or entries.
  private mutating func container(_ majorType: UInt8, _ parts: [[UInt8]]) -> [UInt8] {
    let content = parts.flatMap { $0 }
    return chance(4) ? [majorType << 5 | 31] + content + [0xff] : head(majorType, UInt64(parts.count)) + content
  }

  private mutating func encode(_ map: CBORMap) -> [UInt8] {
    var entries = map.entries.map { (encode($0.key), encode($0.value)) }
    if variation == nil { entries.sort { $0.0.lexicographicallyPrecedes($1.0) } }
    return container(5, entries.map { $0.0 + $0.1 })
  }

  private mutating func float(_ value: Double) -> [UInt8] {
    if value.isNaN { return bytes("f97e00") }
    let half = Float16(value)
    let single = Float(value)
    if Double(half) == value, !chance(3) { return [0xf9] + bigEndian(UInt64(half.bitPattern), 2) }
    if Double(single) == value, !chance(3) { return [0xfa] + bigEndian(UInt64(single.bitPattern), 4) }
    return [0xfb] + bigEndian(value.bitPattern, 8)
  }

  private func bigEndian(_ bits: UInt64, _ width: Int) -> [UInt8] {
    (0..<width).reversed().map { UInt8(truncatingIfNeeded: bits >> (8 * UInt64($0))) }
  }
}

extension CBORValue {
  /// Any value, of few levels; map keys are distinct.
  static func random(levels: Int = 4, using generator: inout SeededGenerator) -> CBORValue {
    switch Int.random(in: 0..<(levels > 0 ? 15 : 11), using: &generator) {
    case 0: .unsigned(randomArgument(using: &generator))
    case 1: .negative(randomArgument(using: &generator))
    case 2: .bytes((0..<Int.random(in: 0..<40, using: &generator)).map { UInt8(truncatingIfNeeded: $0) })
    case 3, 4, 5: .text(randomText(using: &generator))
    case 6: .bool(.random(using: &generator))
    case 7:
      [.null, .undefined, .simple(0), .simple(19), .simple(32), .simple(255)].randomElement(using: &generator) ?? .null
    case 8: .float(Double(bitPattern: generator.next()))
    case 9: .float(Double(Float(bitPattern: UInt32.random(in: 0...UInt32.max, using: &generator))))
    case 10: .float(Double(Float16(bitPattern: UInt16.random(in: 0...UInt16.max, using: &generator))))
    case 11: .tagged(randomArgument(using: &generator), .random(levels: levels - 1, using: &generator))
    case 12:
      .array(
        (0..<Int.random(in: 0..<30, using: &generator)).map { _ in .random(levels: levels - 2, using: &generator) })
    default: .map(randomMap(levels: levels, using: &generator))
    }
  }

  private static func randomMap(levels: Int, using generator: inout SeededGenerator) -> CBORMap {
    var taken: Set<[UInt8]> = []
    var entries: [CBORMap.Entry] = []
    for _ in 0..<Int.random(in: 0..<12, using: &generator) {
      let key = random(levels: Int.random(in: 0..<8, using: &generator) == 0 ? levels - 1 : 0, using: &generator)
      guard taken.insert(ReferenceEncoder.canonical(key)).inserted else { continue }
      entries.append(.init(key: key, value: random(levels: levels - 1, using: &generator)))
    }
    return CBORMap(entries: entries)
  }

  private static func randomArgument(using generator: inout SeededGenerator) -> UInt64 {
    generator.next() >> UInt64.random(in: 0..<64, using: &generator)
  }

  private static func randomText(using generator: inout SeededGenerator) -> String {
    let scalars: [Unicode.Scalar] = ["a", "b", "_", "7", " ", "\0", "é", "\u{301}", "水", "𐅑"]
    var text = ""
    for _ in 0..<Int.random(in: 0..<30, using: &generator) {
      text.unicodeScalars.append(scalars.randomElement(using: &generator) ?? "a")
    }
    return text
  }

  /// The same with the entries of every map in canonical order.
  var canonicallyOrdered: CBORValue {
    switch self {
    case .array(let items): .array(items.map(\.canonicallyOrdered))
    case .tagged(let tag, let content): .tagged(tag, content.canonicallyOrdered)
    case .map(let map):
      .map(
        CBORMap(
          entries: map.entries
            .map { .init(key: $0.key.canonicallyOrdered, value: $0.value.canonicallyOrdered) }
            .sorted { ReferenceEncoder.canonical($0.key).lexicographicallyPrecedes(ReferenceEncoder.canonical($1.key)) }
        ))
    default: self
    }
  }
}
