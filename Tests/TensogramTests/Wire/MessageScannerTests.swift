import Testing

@testable import Tensogram

@Suite struct MessageScannerTests {
  static func message(_ value: UInt8) throws -> [UInt8] {
    let descriptor = DataObjectDescriptor(shape: try Shape([8]), dtype: .uint8)
    return try encodeMessage(objects: [(descriptor, [UInt8](repeating: value, count: 8))])
  }

  static func streamed(_ values: [UInt8], backfill: Bool = false) throws -> [UInt8] {
    let sink = MemorySink()
    let encoder = try StreamingEncoder(Metadata(), to: sink)
    let descriptor = DataObjectDescriptor(shape: try Shape([values.count]), dtype: .uint8)
    let buffer = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: values.count)
    defer { buffer.deallocate() }
    _ = buffer.initialize(from: values)
    try encoder.write(DataObject(descriptor, data: UnsafeRawBufferPointer(buffer)))
    try encoder.finish(backfill: backfill)
    return sink.bytes
  }

  static func scan(_ bytes: [UInt8]) throws -> [Range<Int>] {
    try MessageScanner.scan(MemorySource(copying: bytes))
  }

  @Test func messagesInOrder() throws {
    let messages = try (0..<5).map { try Self.message(UInt8($0)) }
    var start = 0
    let expected = messages.map { message in
      defer { start += message.count }
      return start..<start + message.count
    }
    #expect(try Self.scan(messages.flatMap(\.self)) == expected)
  }

  @Test func junkIsPassedOver() throws {
    let message = try Self.message(1)
    let junk = [UInt8]("TENSOGRMxx".utf8) + [UInt8](repeating: 0x54, count: 100)
    let bytes = junk + message + junk + message + junk
    let first = junk.count..<junk.count + message.count
    let second = first.upperBound + junk.count
    #expect(try Self.scan(bytes) == [first, second..<second + message.count])
  }

  @Test func damageOfOneDoesNotCostTheOthers() throws {
    let message = try Self.message(1)
    var bytes = message + message + message
    bytes[message.count + 20] ^= 0xFF
    #expect(try Self.scan(bytes) == [0..<message.count, 2 * message.count..<3 * message.count])
  }

  @Test func truncatedOrOfAnotherVersionIsNotListed() throws {
    let message = try Self.message(1)
    #expect(try Self.scan(Array(message.dropLast())).isEmpty)
    var other = message
    other[9] = 2
    #expect(try Self.scan(other).isEmpty)
    #expect(try Self.scan([]).isEmpty)
  }

  /// A payload that holds the end magic, a whole message, and frames must not end its message.
  @Test(arguments: [true, false])
  func unknownLengthIsWalked(backfill: Bool) throws {
    var payload = [UInt8]("39277777".utf8) + (try Self.message(9)) + [UInt8]("FRENDF39277777".utf8)
    payload += [UInt8](repeating: 0, count: 16) + [UInt8]("39277777".utf8)
    let first = try Self.streamed(payload, backfill: backfill)
    let second = try Self.message(3)
    let bytes = first + second + first
    let starts = [0, first.count, first.count + second.count, bytes.count]
    #expect(try Self.scan(bytes) == zip(starts, starts.dropFirst()).map { $0..<$1 })
    #expect(try MessageReader(MemorySource(copying: bytes)).elements(0, as: UInt8.self) == payload)
  }

  @Test func backwards() throws {
    let message = try Self.message(1)
    let source = MemorySource(copying: message + message)
    #expect(try MessageScanner.start(of: source, endingAt: 2 * message.count) == message.count)
    #expect(try MessageScanner.start(of: source, endingAt: message.count) == 0)
    #expect(try MessageScanner.start(of: source, endingAt: message.count - 8) == nil)
    let streamed = try Self.streamed([1, 2])
    #expect(try MessageScanner.start(of: MemorySource(copying: streamed), endingAt: streamed.count) == nil)
    let filled = try Self.streamed([1, 2], backfill: true)
    #expect(try MessageScanner.start(of: MemorySource(copying: filled), endingAt: filled.count) == 0)
  }

  /// Preambles without a length, and frames that lead each of them to the same long chain, must cost one pass.
  @Test func hostileChainsAreLinear() throws {
    var bytes: [UInt8] = []
    let preamble = [UInt8]("TENSOGRM".utf8) + [0, 3] + [UInt8](repeating: 0, count: 14)
    var frame = [UInt8]("FR".utf8) + [0, 1, 0, 1, 0, 0] + [0, 0, 0, 0, 0, 0, 0, 32]
    frame += [UInt8](repeating: 0, count: 12) + [UInt8]("ENDF".utf8)
    for _ in 0..<20_000 { bytes += preamble + frame }
    for _ in 0..<20_000 { bytes += frame }
    #expect(try Self.scan(bytes).isEmpty)
  }
}
