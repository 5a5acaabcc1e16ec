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
  }

  @Test(arguments: UInt8(24)..<32)
  func refusesSimpleValuesThatCBORDoesNotHave(number: UInt8) {
    #expect(throws: TensogramError.metadata("CBOR has no simple value \(number)")) {
      try CBORWriter.encode(.array([.simple(number)]))
    }
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

  @Test func appendsToASpan() throws {
    let value = CBORVectors.map([(.text("a"), .unsigned(1))])
    for capacity in 0..<8 {
      var written: [UInt8] = []
      var error: TensogramError?
      let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity, alignment: 1)
      defer { unsafe memory.deallocate() }
      var output = unsafe OutputRawSpan(buffer: memory, initializedCount: 0)
      if capacity > 0 { output.append(0x81) }
      do { try CBORWriter.write(value, into: &output) } catch let caught { error = caught }
      for offset in 0..<output.byteCount {
        written.append(unsafe output.bytes.unsafeLoad(fromByteOffset: offset, as: UInt8.self))
      }
      _ = unsafe output.finalize(for: memory)
      #expect((error == nil) == (capacity >= 5))
      #expect(hex(written) == (capacity == 0 ? "" : capacity >= 5 ? "81a1616101" : "81"))
    }
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
