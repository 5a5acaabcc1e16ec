import Testing

@testable import Tensogram

@Suite struct CBORWriterTests {
  @Test(arguments: CBORVectors.canonical)
  func writesTheExamplesOfTheStandard(item: (hex: String, value: CBORValue)) throws {
    #expect(hex(try CBORWriter.encode(item.value)) == item.hex)
  }

  @Test(arguments: CBORVectors.otherForms)
  func writesOtherFormsCanonically(item: (hex: String, value: CBORValue)) throws {
    let written = try CBORWriter.encode(decode(bytes(item.hex)))
    #expect(hex(written) == hex(ReferenceEncoder.canonical(item.value)))
  }

  @Test(
    arguments: [
      (0, "00"), (23, "17"), (24, "1818"), (255, "18ff"), (256, "190100"), (65535, "19ffff"), (65536, "1a00010000"),
      (0xffff_ffff, "1affffffff"), (0x1_0000_0000, "1b0000000100000000"), (.max, "1bffffffffffffffff"),
    ] as [(UInt64, String)])
  func writesTheShortestHeads(number: UInt64, expected: String) throws {
    #expect(hex(try CBORWriter.encode(.unsigned(number))) == expected)
    let negative = "3" + expected.dropFirst()
    #expect(hex(try CBORWriter.encode(.negative(number))) == (number < 16 ? "2" + expected.dropFirst() : negative))
  }

  @Test(
    arguments: [
      (65504, "f97bff"), (65505, "fa477fe100"), (65520, "fa477ff000"), (0x1p-24, "f90001"), (0x1p-25, "fa33000000"),
      (0x1.004p0, "f93c01"), (0x1.002p0, "fa3f801000"), (0x1.fffffep127, "fa7f7fffff"),
      (0x1.ffffffp127, "fb47effffff0000000"), (0x1p-149, "fa00000001"),
      (0x1p-150, "fb3690000000000000"), (-0.0, "f98000"), (.leastNonzeroMagnitude, "fb0000000000000001"),
      (-.nan, "f97e00"), (.signalingNaN, "f97e00"), (0.1, "fb3fb999999999999a"),
    ] as [(Double, String)])
  func writesTheShortestFloats(number: Double, expected: String) throws {
    #expect(hex(try CBORWriter.encode(.float(number))) == expected)
  }

  @Test(arguments: 0..<40)
  func ordersKeysByTheirEncoding(count: Int) throws {
    var generator = SeededGenerator(seed: UInt64(count))
    let texts = (0..<count).map {
      CBORValue.text(String("abcdefghijklmnop\(1000 - $0)".suffix(1 + $0 % 19)) + "é\($0)")
    }
    let map = CBORVectors.map(texts.shuffled(using: &generator).map { ($0, .text("of \($0)")) })
    #expect(hex(try CBORWriter.encode(map)) == hex(ReferenceEncoder.canonical(map)))
  }

  @Test func ordersKeysOfAllKinds() throws {
    // RFC 8949, section 4.2.1.
    let keys = ["0a", "1864", "20", "617a", "626161", "811864", "8120", "f4"]
    let map = CBORVectors.map(try keys.reversed().map { (try decode(bytes($0)), .null) })
    #expect(hex(try CBORWriter.encode(map)) == "a8" + keys.map { $0 + "f6" }.joined())
  }

  @Test(
    arguments: [
      [.text("a"), .text("a")], [.text("b"), .text("a"), .text("b")], [.unsigned(1), .text("a"), .unsigned(1)],
      [.float(.nan), .float(-.nan)],
      (0..<30).map { .text("key \($0 % 29)") },
      [
        CBORVectors.map([(.null, .null), (.bool(true), .null)]),
        CBORVectors.map([(.bool(true), .null), (.null, .null)]),
      ],
    ] as [[CBORValue]])
  func refusesKeysThatStandTwice(keys: [CBORValue]) throws {
    let map = CBORMap(entries: keys.map { .init(key: $0, value: .null) })
    for value in [.map(map), .array([.tagged(1, .map(map))]), CBORVectors.map([(.map(map), .null)])] {
      let error = #expect(throws: TensogramError.self) { try CBORWriter.encode(value) }
      #expect(error?.text.contains("twice") == true)
      #expect(error?.kind == .metadata)
    }
  }

  @Test(arguments: [CBORNest.array, .key, .value, .tag])
  func nestsAsDeepAsTheReader(nest: CBORNest) throws {
    let deepest = try CBORWriter.encode(nest.value(levels: 64))
    #expect(try decode(deepest) == nest.value(levels: 64))
    try validate(deepest)
    let error = #expect(throws: TensogramError.self) { try CBORWriter.encode(nest.value(levels: 65)) }
    #expect(error?.kind == .metadata)
    #expect(throws: try #require(error)) { try CBORWriter.byteCount(nest.value(levels: 65)) }
  }

  @Test(arguments: UInt8(24)..<32)
  func refusesSimpleValuesThatCBORDoesNotHave(number: UInt8) {
    #expect(throws: TensogramError.metadata("CBOR has no simple value \(number)")) {
      try CBORWriter.encode(.array([.simple(number)]))
    }
    #expect(throws: TensogramError.self) { try CBORWriter.byteCount(.simple(number)) }
  }

  @Test(arguments: UInt64(100)..<140)
  func writesAnyValueAsTheReferenceDoes(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<10 {
      let value = CBORValue.random(using: &generator)
      let written = try CBORWriter.encode(value)
      #expect(hex(written) == hex(ReferenceEncoder.canonical(value)))
      #expect(try CBORWriter.byteCount(value) == written.count)
      #expect(try decode(written) == value.canonicallyOrdered)
    }
  }

  /// A metadata frame and a descriptor, as the published package 0.24.0 writes them.
  @Test(arguments: [
    """
    a3646261736581a4626161f5627a7aa16162a26178f6617920646d617273a36161f9410064737465700165636c617373626f646a5f72657365\
    727665645fa16674656e736f72a4646e64696d0165647479706567666c6f61743332657368617065810367737472696465738101675f657874\
    72615fa263626172a261638501616119012c1a000111701b00000100000000006171674772c3bcc39f6563666f6ffb7e37e43c8800759c6a5f\
    72657365727665645fa36474696d6574323032362d31312d32315430383a34383a33315a6475756964782464303933646430632d653965612d\
    346464372d383536322d33356163353234646561336667656e636f646572a2646e616d656974656e736f6772616d6776657273696f6e66302e\
    32342e30
    """,
    """
    a9646e64696d016474797065676e74656e736f7265647479706567666c6f6174333265736861706581036666696c746572646e6f6e65677374\
    726964657381\
    0168656e636f64696e67646e6f6e656a627974655f6f72646572666c6974746c656b636f6d7072657373696f6e646e6f6e65
    """,
  ])
  func writesWhatThePublishedPackageWrites(encoded: String) throws {
    let value = try decode(bytes(encoded))
    #expect(hex(try CBORWriter.encode(value)) == encoded)
    #expect(value.map?["_extra_"] != nil || value.map?["dtype"]?.text == "float32")
  }

  @Test func appendsToWhatIsThere() throws {
    var output: [UInt8] = [0x82]
    try CBORWriter.append(.text("a"), to: &output)
    #expect(hex(output) == "826161")
    #expect(throws: TensogramError.self) { try CBORWriter.append(.array([.null, .simple(24)]), to: &output) }
    #expect(hex(output) == "826161")
  }

  @Test(arguments: 0..<8)
  func writesWhereThereIsRoom(capacity: Int) throws {
    let value = CBORVectors.map([(.text("a"), .unsigned(1))])
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity, alignment: 1)
    defer { unsafe memory.deallocate() }
    // The span ends before the memory it is of.
    var output = unsafe OutputRawSpan(buffer: memory, initializedCount: 0)
    do {
      try CBORWriter.write(value, into: &output)
      #expect(capacity >= 4)
    } catch {
      #expect(capacity < 4)
      #expect(error.text == "the CBOR takes 4 bytes, but there is room for \(capacity)")
    }
    #expect(hex([UInt8](output.bytes)) == (capacity >= 4 ? "a1616101" : ""))
    _ = unsafe output.finalize(for: memory)
  }
}

/// One item within another, over and over.
enum CBORNest {
  case array, key, value, tag

  func value(levels: Int) -> CBORValue {
    (0..<levels).reduce(CBORValue.unsigned(1)) { inner, _ in
      switch self {
      case .array: .array([inner])
      case .key: CBORVectors.map([(inner, .null)])
      case .value: CBORVectors.map([(.text("a"), inner)])
      case .tag: .tagged(1, inner)
      }
    }
  }
}
