import Testing

@testable import Tensogram

@Suite(.timeLimit(.minutes(1))) struct CBORHostileInputTests {
  @Test(arguments: [2, 3, 4, 5] as [UInt8], [1 << 63, .max, 1 << 62, UInt64(Int.max), 1 << 32] as [UInt64])
  func believesNoLength(majorType: UInt8, length: UInt64) {
    let head = [majorType << 5 | 27] + (0..<8).reversed().map { UInt8(truncatingIfNeeded: length >> (8 * $0)) }
    expectMetadataError(head)
    expectMetadataError(head + Array(repeating: 0, count: 1000))
    expectMetadataError([0x9f] + head)
    expectMetadataError([majorType << 5 | 31] + head)
  }

  @Test func reservesLittleForAClaimThatManyBytesFollow() throws {
    let input: [UInt8] = [0x9a] + bigEndian(100_000) + [UInt8](repeating: 0x00, count: 100_000)
    var cursor = unsafe CBORCursor(input.span.bytes)
    let head = try cursor.readHead()
    let left = try cursor.itemsLeft(head, minimumByteCount: 1, "items")
    #expect(left.count == 100_000)
    #expect(left.reservableCount <= 1024)
    #expect(try decode(input).array?.count == 100_000)
  }

  @Test(
    arguments: [
      [0x81], [0x9f], [0xc1], [0xa1], [0xbf], [0xa1, 0x00], [0xd8, 0x20], [0x82, 0x00], [0x5f], [0x7f], [0xa2, 0x81],
    ] as [[UInt8]])
  func refusesDeepNests(unit: [UInt8]) {
    let input = (0..<100_000).flatMap { _ in unit }
    expectMetadataError(input)
    expectMetadataError(input + [0x00])
  }

  @Test func nests64LevelsAndNoMore() throws {
    try validate(Array(repeating: 0x81, count: 64) + [0x00])
    let error = #expect(throws: TensogramError.self) { try decode(Array(repeating: 0x81, count: 65) + [0x00]) }
    #expect(error?.text == "CBOR at byte 64: items are nested more than 64 levels deep")
    expectMetadataError(Array(repeating: 0xc1, count: 64) + [0x80])
  }

  /// Neither many keys nor keys within keys cost more than n log n.
  @Test func checksManyKeysInAnyOrder() throws {
    let count = 20_000
    let keys = (0..<count).map { [0x1a] + bigEndian(UInt32($0)) }
    let head: [UInt8] = [0xb9, UInt8(count >> 8), UInt8(count & 0xff)]
    var generator = SeededGenerator(seed: 7)
    for order in [keys, keys.reversed(), keys.shuffled(using: &generator)] {
      let input = head + order.flatMap { $0 + [0xf6] }
      #expect(try decode(input).map?.count == count)
      try validate(input)
    }
    var twice = keys
    twice[count - 1] = [0x00]
    expectMetadataError(head + twice.flatMap { $0 + [0xf6] })
  }

  /// Maps of two unsorted keys, the first of which holds the next map, 63 levels down to many items.
  @Test(arguments: [[0xa2, 0x20, 0x00], [0xa2]] as [[UInt8]])
  func checksKeysWithinKeys(opening: [UInt8]) throws {
    let leaf = [0x99, 0x03, 0xe8] + [UInt8](repeating: 0x01, count: 1000)
    let isKey = opening.count == 1
    let levels = 63
    let tail: [UInt8] = isKey ? [0x00, 0x00, 0x00] : []
    let value = (0..<levels).flatMap { _ in isKey ? opening : opening + [0x00] } + leaf
    let input = value + (0..<levels).flatMap { _ in tail }
    try validate(input)
    #expect(try decode(input).map?.count == 2)
  }

  /// Keys that differ in nothing but where their arrays end: were that lost in their hashes, each would have to be
  /// compared with all others.
  @Test func tellsKeysApartByWhereTheirArraysEnd() throws {
    let ones = 70
    let keys: [[UInt8]] = (0...ones).flatMap { inner in
      (inner...ones).map { middle in
        let runs = [inner, middle - inner, ones - middle].map { [UInt8](repeating: 0x01, count: $0) + [0xff] }
        return [0x9f, 0x9f, 0x9f] + runs.flatMap { $0 }
      }
    }
    try validate([0xbf] + keys.flatMap { $0 + [0xf6] } + [0xff])
  }

  @Test(arguments: UInt64(0)..<20)
  func judgesRandomBytesAlike(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<200 {
      let count = Int.random(in: 0..<60, using: &generator)
      expectOneJudgement((0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) })
    }
  }

  @Test(arguments: UInt64(0)..<20)
  func judgesDamagedItemsAlike(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<20 {
      let value = CBORValue.random(levels: 3, using: &generator)
      var encoder = ReferenceEncoder(variation: SeededGenerator(seed: generator.next()))
      var input = encoder.encode(value)
      for _ in 0..<Int.random(in: 1..<4, using: &generator) {
        input[Int.random(in: 0..<input.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
        expectOneJudgement(input)
      }
    }
  }

  /// Decoding and validation agree, error for error; what is read is written so that it reads the same again.
  private func expectOneJudgement(_ input: [UInt8]) {
    switch outcome(of: input) {
    case .success(let value):
      #expect(throws: Never.self, "\(hex(input))") {
        try validate(input)
        let written = try CBORWriter.encode(value)
        #expect(written.count <= input.count)
        #expect(try CBORWriter.encode(decode(written)) == written)
        #expect(try decode(written) == value.canonicallyOrdered)
      }
    case .failure(let error):
      #expect(error.kind == .metadata)
      #expect(throws: error, "\(hex(input))") { try validate(input) }
    }
  }
}
