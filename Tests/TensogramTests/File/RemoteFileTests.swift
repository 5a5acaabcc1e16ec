import Testing

@testable import Tensogram

@Suite struct RemoteFileTests {
  /// Objects so large that nothing of two of them comes by one request.
  static let count = 300_000

  static func message(_ value: UInt8, objects: Int = 3, count: Int = count) throws -> [UInt8] {
    let descriptor = DataObjectDescriptor(shape: try Shape([count / 4, 4]), dtype: .uint8)
    return try encodeMessage(
      objects: (0..<objects).map { (descriptor, [UInt8](repeating: value &+ UInt8($0), count: count)) })
  }

  static func opened(
    _ bytes: [UInt8], bothWays: Bool = true, head: Int = 64 << 10
  ) throws -> (RemoteFile, CountingFetcher) {
    let fetcher = CountingFetcher(bytes)
    return (try RemoteFile("https://h/a.tgm", searchesBothWays: bothWays) { fetcher.source(head: head) }, fetcher)
  }

  /// An element of an object that was read whole.
  static func element(
    _ number: Int, _ file: RemoteFile, _ message: Int, _ object: Int, verifyingHash: Bool = false
  ) throws -> UInt8 {
    let (reader, located) = try file.message(message).wholeObject(object, verifyingHash: verifyingHash)
    return try element(number, reader, located, verifyingHash: verifyingHash)
  }

  static func element(
    _ number: Int, _ reader: MessageReader, _ object: LocatedObject, verifyingHash: Bool = false
  ) throws(TensogramError) -> UInt8 {
    var buffer = try ScratchBuffer(byteCount: object.descriptor.byteCount)
    var bytes = buffer.mutableBytes
    try reader.read(object, into: &bytes, options: DecodeOptions(verifyHash: verifyingHash))
    return buffer.bytes[number]
  }

  // MARK: Requests

  @Test func anObjectOfAnIndexedMessageIsOneRequest() throws {
    let (file, fetcher) = try Self.opened(Self.message(1))
    #expect(try file.message(0).metadata.base.count == 3)
    #expect(fetcher.requests.count <= 2)
    for object in [2, 0, 1] {
      fetcher.forget()
      #expect(try Self.element(Self.count - 1, file, 0, object, verifyingHash: object == 0) == 1 + UInt8(object))
      #expect(fetcher.requests.count == 1)
    }
  }

  @Test func descriptorsOfAllObjectsAreOneRound() throws {
    let (file, fetcher) = try Self.opened(Self.message(1, objects: 20))
    #expect(try file.message(0).allObjects().count == 20)
    #expect(fetcher.rounds.count <= 2)
    #expect(fetcher.requests.reduce(0) { $0 + $1.count } < 20 * 16 << 10)
  }

  @Test func aPartReadsItsBytesOnly() throws {
    let (file, fetcher) = try Self.opened(Self.message(1))
    let message = try file.message(0)
    let object = try message.object(1)
    fetcher.forget()
    let selection = Selection.Axis(start: 10, step: 30_000, count: 3)
    let part = try Selection([selection, .init(start: 2, count: 1)], of: object.descriptor.shape)
    let reader = try message.reader(of: .selection(part), in: object)
    #expect(try reader.elements(1, [selection, .init(start: 2, count: 1)], as: UInt8.self) == [2, 2, 2])
    #expect(fetcher.rounds.count == 1 && fetcher.requests.count == 1)
  }

  @Test(arguments: [true, false]) func countingIsARequestPerLargeMessage(_ bothWays: Bool) throws {
    let messages = try (0..<7).map { try Self.message(UInt8($0), objects: 1) }
    let (file, fetcher) = try Self.opened(messages.flatMap(\.self), bothWays: bothWays)
    #expect(try file.messageCount() == 7)
    #expect(fetcher.requests.count <= 8)
    if bothWays { #expect(fetcher.rounds.count <= 5) }
    for index in 0..<7 { #expect(try Self.element(0, file, index, 0) == UInt8(index)) }
  }

  @Test(arguments: [true, false]) func manySmallMessagesAreFewRequests(_ bothWays: Bool) throws {
    let message = try Self.message(1, objects: 1, count: 400)
    let (file, fetcher) = try Self.opened(
      [[UInt8]](repeating: message, count: 1500).flatMap(\.self), bothWays: bothWays)
    #expect(try file.messageCount() == 1500)
    #expect(fetcher.requests.count <= 10)
  }

  @Test func messagesAreOpenedTogether() throws {
    let messages = try (0..<6).map { try Self.message(UInt8($0), objects: 1) }
    let (file, fetcher) = try Self.opened(messages.flatMap(\.self))
    _ = try file.messageCount()
    fetcher.forget()
    var values: [UInt8] = []
    try file.forEach([5, 0, 3, 3], object: 0, .all(verifyingHash: false)) {
      (_, reader, object) throws(TensogramError) in
      values.append(try Self.element(7, reader, object))
    }
    #expect(values == [5, 0, 3, 3])
    #expect(fetcher.rounds.count <= 2)
  }

  // MARK: What an index may say

  /// The message with its index frame's offsets and lengths replaced.
  static func reindexed(_ bytes: [UInt8], _ change: ([Range<Int>]) -> [Range<Int>]) throws -> [UInt8] {
    let layout = try MessageLayout(of: MemorySource(copying: bytes))
    let frames = change(layout.objects.map(\.frame.range))
    let body = Directory.index(frames.map { WrittenObject(offset: $0.lowerBound, length: $0.count, digest: 0) })
    let index = try #require(layout.directories.first { $0.type == .headerIndex })
    try #require(body.count == index.body.count, "an index of the same size")
    var changed = bytes
    changed.replaceSubrange(index.body, with: body)
    return changed
  }

  @Test(
    arguments: [
      { [$0[1], $0[0], $0[2]] },
      { [$0[0], $0[1], $0[1]] },
      { [$0[0], $0[2], $0[2]] },
      { $0.map { $0.lowerBound + 8..<$0.upperBound + 8 } },
      { $0.map { $0.lowerBound..<$0.upperBound + 8 } },
      { [$0[0].lowerBound..<$0[1].lowerBound + 64, $0[1].lowerBound + 64..<$0[2].lowerBound, $0[2]] },
    ] as [@Sendable ([Range<Int>]) -> [Range<Int>]])
  func aWrongIndexChangesNothing(_ change: @Sendable ([Range<Int>]) -> [Range<Int>]) throws {
    let bytes = try Self.reindexed(Self.message(1), change)
    for order in [[0, 1, 2], [2, 1, 0]] {
      let (file, _) = try Self.opened(bytes)
      for object in order {
        #expect(try Self.element(5, file, 0, object) == 1 + UInt8(object))
      }
      #expect(try file.message(0).allObjects().count == 3)
    }
  }

  /// Reads everything by the remote way; compared with what the local way reads.
  static func readAll(_ bytes: [UInt8]) throws -> [[UInt8]] {
    let (file, _) = try opened(bytes, head: 64)
    return try (0..<file.messageCount()).flatMap { index -> [[UInt8]] in
      let message = try file.message(index)
      return try (0..<message.allObjects().count).map { object -> [UInt8] in
        let (reader, located) = try message.wholeObject(object, verifyingHash: true)
        guard try located.descriptor.byteCount < 1 << 20 else { return [] }
        try reader.checkClaim(located)
        return try reader.elements(object, as: UInt8.self, verifyHash: true)
      }
    }
  }

  @Test func everyFlippedByteIsAnErrorOrHarmless() throws {
    let bytes = try HostileMessageTests.message()
    let intact = try HostileMessageTests.readAll(bytes)
    #expect(try Self.readAll(bytes) == intact)
    for position in bytes.indices {
      for mask: UInt8 in [0x01, 0x80, 0xFF] {
        var damaged = bytes
        damaged[position] ^= mask
        if let values = try? Self.readAll(damaged) {
          #expect(values == intact || values.count < intact.count, "byte \(position) flipped by \(mask)")
        }
      }
    }
  }

  @Test func everyPrefixIsNoMessageOrAnError() throws {
    let bytes = try HostileMessageTests.message()
    for length in 0..<bytes.count {
      #expect((try? Self.readAll(Array(bytes[..<length])))?.isEmpty != false)
    }
  }

  @Test(arguments: [false, true]) func streamedMessagesAreWalked(_ backfill: Bool) throws {
    let first = try MessageScannerTests.streamed([1, 2, 3], backfill: backfill)
    let second = try MessageScannerTests.streamed([4, 5, 6, 7], backfill: backfill)
    let (file, _) = try Self.opened(first + second)
    #expect(try file.messageCount() == 2)
    #expect(try Self.element(3, file, 1, 0) == 7)
  }

  /// A source that claims to have `count` bytes, all of them zeros but the first.
  final class Endless: RangeFetcher {
    func fetch(
      _ ranges: [Range<Int>], _ take: (Int, RawSpan) throws(TensogramError) -> Void
    ) throws(TensogramError) {
      for (number, range) in ranges.enumerated() {
        guard range.count <= RequestPlan.largestRequest else { throw .object("asked for \(range.count) bytes") }
        let zeros = [UInt8](repeating: 0, count: range.count)
        try take(number, zeros.span.bytes)
      }
    }
  }

  @Test(arguments: [40, 50, 62]) func lengthsThatAreLiesAllocateNothing(_ bits: Int) throws {
    // A message, and a metadata frame in it, of nearly all that the server claims to have.
    let size = 1 << bits
    var head = OutputBytes()
    head.append("TENSOGRM", [0, 3, 0, 0, 0, 0, 0, 0], UInt64(size))
    head.append("FR", [0, 1, 0, 1, 0, 0], UInt64(size - 48))
    let first = head.bytes
    let file = try RemoteFile("https://h/a.tgm") {
      RemoteSource(size: size, fetcher: Endless(), first: first.span.bytes)
    }
    #expect(try file.messageCount() == 0)
    #expect(throws: TensogramError.self) { try RemoteMessage(file.source(), 0..<size, index: 0) }
  }

  struct OutputBytes {
    var bytes: [UInt8] = []

    mutating func append(_ magic: String, _ fields: [UInt8], _ length: UInt64) {
      bytes += Array(magic.utf8) + fields
      for shift in stride(from: UInt64(56), through: 0, by: -8) {
        bytes.append(UInt8(truncatingIfNeeded: length >> shift))
      }
    }
  }

  // MARK: What is no message

  @Test(arguments: [[], [UInt8]("TENSOGRM".utf8), [UInt8](repeating: 7, count: 1000)])
  func noMessageDoesNotOpen(_ bytes: [UInt8]) {
    let error = #expect(throws: TensogramError.self) { try Self.opened(bytes) }
    #expect(error?.kind == .remote)
    #expect(error?.description.contains("https://h/a.tgm") == true)
  }

  @Test(arguments: [true, false]) func junkEndsTheSearch(_ bothWays: Bool) throws {
    let message = try Self.message(1, objects: 1)
    let junk = [UInt8](repeating: 9, count: 1000)
    #expect(try Self.opened(message + junk + message, bothWays: bothWays).0.messageCount() == 1)
    #expect(try Self.opened(message + message + junk, bothWays: bothWays).0.messageCount() == 2)
    #expect(try Self.opened(message + message.dropLast(), bothWays: bothWays).0.messageCount() == 1)
  }

  @Test func aMessageThatIsNotThere() throws {
    let (file, _) = try Self.opened(Self.message(1))
    let error = #expect(throws: TensogramError.self) { try file.message(1) }
    #expect(error?.description.contains("message index 1 out of range (count=1)") == true)
    let object = #expect(throws: TensogramError.self) { try file.message(0).object(3) }
    #expect(object?.kind == .object)
  }
}
