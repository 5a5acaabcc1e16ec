import Testing

@testable import Tensogram

@Suite struct CBORReaderTests {
  @Test(arguments: CBORVectors.canonical.map(\.hex) + CBORVectors.otherForms.map(\.hex))
  func readsTheExamplesOfTheStandard(hex: String) throws {
    let expected = try #require((CBORVectors.canonical + CBORVectors.otherForms).first { $0.hex == hex }).value
    #expect(try decode(bytes(hex)) == expected)
    try validate(bytes(hex))
  }

  @Test(arguments: CBORVectors.notWellFormed)
  func refusesTheMalformedExamplesOfTheStandard(input: [UInt8]) {
    expectMetadataError(input)
  }

  @Test(arguments: [
    ("", 0, "the input ends where an item is due"),
    ("82 01", 0, "the array announces 2 items, but only 1 bytes are left"),
    ("82 01 61", 2, "the text announces 1 bytes, but only 0 bytes are left"),
    ("82 01 19 01", 2, "the input ends inside the item's head"),
    ("81 1c", 1, "additional information 28 has no meaning in major type 0"),
    ("81 f8 1f", 1, "simple value 31 must not take two bytes"),
    ("81 ff", 1, "a break stands outside of an item of indefinite length"),
    ("9f 5f 41 00 61 61 ff ff", 4, "a chunk of the bytes string of byte 1 must be one of definite length"),
    ("62 61 ff", 2, "the text is not UTF-8"),
    ("5f 5f ff", 1, "a chunk of the bytes string of byte 0 must be one of definite length"),
    ("7f 7f 61 61 ff ff", 1, "a chunk of the text string of byte 0 must be one of definite length"),
    ("7f 61 61 61 c3 61 bc ff", 4, "the text is not UTF-8"),
    ("a2 61 61 01 61 61 02", 4, "the key 'a' stands twice in a map, first at byte 1"),
    ("01 02 03", 1, "2 bytes follow the item"),
  ])
  func namesTheByteAndTheFault(hex: String, offset: Int, fault: String) {
    let error = #expect(throws: TensogramError.self) { try decode(bytes(hex)) }
    #expect(error?.text.hasPrefix("CBOR at byte \(offset): \(fault)") == true, "\(String(describing: error))")
    expectMetadataError(bytes(hex))
  }

  @Test func readsOneItemFromTheFront() throws {
    let input = bytes("a1 61 61 01 ff ff")
    let (value, byteCount) = try unsafe CBORReader.decodePrefix(input.span.bytes)
    #expect(value == CBORVectors.map([(.text("a"), .unsigned(1))]))
    #expect(byteCount == 4)
  }

  @Test(arguments: [
    "61 80", "61 c0", "62 c1 81", "62 c3 28", "63 e0 80 80", "63 ed a0 80", "63 ef bf", "64 f4 90 80 80",
    "64 f8 88 80 80", "78 20 6162636465666768 6162636465666768 6162636465666768 61626364656667ff",
  ])
  func refusesTextThatIsNotUTF8(hex: String) {
    expectMetadataError(bytes(hex))
  }

  @Test(arguments: [
    ("the same text", "a2 61 61 00 61 61 00"),
    ("not side by side", "a3 61 61 00 61 62 00 61 61 00"),
    ("in a longer head", "a2 61 61 00 78 01 61 00"),
    ("in chunks", "a2 62 61 62 00 7f 61 61 61 62 ff 00"),
    ("integer in a longer head", "a2 01 00 18 01 00"),
    ("float of another width", "a2 f9 3c 00 00 fb 3f f0 00 00 00 00 00 00 00"),
    ("NaN of another payload", "a2 f9 7e 00 00 f9 7e 01 00"),
    ("false and false", "a2 f4 00 f4 00"),
    ("tagged", "a2 c1 01 00 c1 18 01 00"),
    ("array of indefinite length", "a2 81 01 00 9f 01 ff 00"),
    ("map in another order", "a2 a2 01 02 03 04 00 a2 03 04 01 02 00"),
    ("in a map of indefinite length", "bf 61 61 00 61 61 00 ff"),
    ("in a value of a map", "a1 61 61 a2 61 62 00 61 62 00"),
    ("in a key of a map", "a1 a2 01 00 01 00 00"),
    ("in a key of an unsorted map", "a2 61 61 00 a2 01 00 01 00 00"),
    ("in an array, tagged", "81 c1 a2 20 00 20 00"),
  ])
  func refusesKeysThatStandTwice(name: String, hex: String) {
    let error = #expect(throws: TensogramError.self) { try decode(bytes(hex)) }
    #expect(error?.text.contains("twice") == true, "\(String(describing: error))")
    expectMetadataError(bytes(hex))
  }

  @Test(arguments: [
    ("in any order", "a3 61 62 00 61 61 00 01 00"),
    ("integer and float", "a2 01 00 f9 3c 00 00"),
    ("zeros of both signs", "a2 f9 00 00 00 f9 80 00 00"),
    ("text and bytes", "a2 61 61 00 41 61 00"),
    ("canonically equivalent texts", "a2 62 c3 a9 00 63 65 cc 81 00"),
    ("positive and negative", "a2 20 00 00 00"),
    ("tags of one content", "a2 c2 01 00 c1 01 00"),
    ("an array and its item", "a2 81 01 00 01 00"),
    ("maps with values swapped", "a2 a2 01 02 03 04 00 a2 01 04 03 02 00"),
    ("false and integer", "a2 f4 00 14 00"),
    ("empty text and bytes", "a2 60 00 40 00"),
  ])
  func acceptsKeysThatDiffer(name: String, hex: String) throws {
    let value = try decode(bytes(hex))
    #expect(value.map?.count == Int(bytes(hex)[0] & 31))
    try validate(bytes(hex))
  }

  @Test func keepsTheOrderOfTheWire() throws {
    let value = try decode(bytes("a3 61 62 00 61 61 01 01 02"))
    #expect(value.map?.entries.map(\.key) == [.text("b"), .text("a"), .unsigned(1)])
  }

  @Test func widensEveryHalfExactly() throws {
    for bits in UInt16.min...UInt16.max {
      let value = try decode([0xf9, UInt8(bits >> 8), UInt8(bits & 0xff)])
      let sign: Double = bits >> 15 == 0 ? 1 : -1
      let (exponent, fraction) = (Int(bits >> 10 & 31), Double(bits & 0x3ff))
      let expected =
        switch exponent {
        case 0: sign * fraction * 0x1p-24
        case 31: fraction == 0 ? sign * .infinity : .nan
        default: Double(sign: .plus, exponent: exponent - 25, significand: sign * (1024 + fraction))
        }
      #expect(value == .float(expected))
    }
  }

  @Test(arguments: UInt64(0)..<40)
  func readsEveryFormOfAValue(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<10 {
      let value = CBORValue.random(using: &generator)
      var encoder = ReferenceEncoder(variation: SeededGenerator(seed: generator.next()))
      let input = encoder.encode(value)
      #expect(try decode(input) == value, "\(hex(input))")
      try validate(input)
    }
  }

  @Test(arguments: CBORVectors.canonical + CBORVectors.otherForms)
  func refusesEveryPrefix(item: (hex: String, value: CBORValue)) {
    let input = bytes(item.hex)
    for count in 0..<input.count { expectMetadataError(Array(input.prefix(count))) }
  }

  @Test(arguments: UInt64(0)..<8)
  func refusesEveryPrefixOfAnyValue(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    var encoder = ReferenceEncoder(variation: SeededGenerator(seed: seed))
    let input = encoder.encode(.random(levels: 3, using: &generator))
    for count in 0..<min(input.count, 500) { expectMetadataError(Array(input.prefix(count))) }
  }
}

/// Both judgements are one and the same metadata error.
func expectMetadataError(_ input: [UInt8], sourceLocation: SourceLocation = #_sourceLocation) {
  let decoded = #expect(throws: TensogramError.self, "\(hex(input))", sourceLocation: sourceLocation) {
    try decode(input)
  }
  let validated = #expect(throws: TensogramError.self, "\(hex(input))", sourceLocation: sourceLocation) {
    try validate(input)
  }
  #expect(decoded?.kind == .metadata, sourceLocation: sourceLocation)
  #expect(decoded == validated, sourceLocation: sourceLocation)
}
