import Testing

@testable import Tensogram

@Suite struct StreamingEncoderTests {
  static func write(_ encoder: StreamingEncoder, _ values: [Float], compression: String = "none") throws {
    let descriptor = DataObjectDescriptor(
      shape: try Shape([values.count]), dtype: .float32, compression: compression)
    try values.withUnsafeBytes { try encoder.write(DataObject(descriptor, data: $0)) }
  }

  func expectError(_ body: () throws -> Void) {
    do {
      try body()
      Issue.record("no error")
    } catch {
      #expect(error is TensogramError)
    }
  }

  static func entry(_ name: String) -> CBORMap {
    var map = CBORMap()
    map["name"] = .text(name)
    return map
  }

  @Test(arguments: [true, false], ["none", "zstd"])
  func objectsSurvive(backfill: Bool, compression: String) throws {
    let sink = MemorySink()
    let encoder = try StreamingEncoder(Metadata(base: [Self.entry("a"), Self.entry("b")]), to: sink)
    try Self.write(encoder, [1, 2, 3], compression: compression)
    try Self.write(encoder, [4, 5], compression: compression)
    try encoder.finish(backfill: backfill)
    let bytes = sink.bytes
    #expect((bytes[16..<24].contains { $0 != 0 }) == backfill)
    #expect(try MessageScanner.scan(MemorySource(copying: bytes)) == [0..<bytes.count])
    let message = try MessageReader(MemorySource(copying: bytes))
    #expect(try message.elements(0, as: Float.self, verifyHash: true) == [1, 2, 3])
    #expect(try message.elements(1, as: Float.self, verifyHash: true) == [4, 5])
    let metadata = try message.metadata()
    #expect(metadata.base.map { $0["name"] } == [.text("a"), .text("b")])
    #expect(metadata.base[1]["_reserved_"]?.map?["tensor"] != nil)
    #expect(metadata.reserved["uuid"] != nil)
    #expect(!message.layout.flags.contains(.preceders))
  }

  @Test func precedersAreLaidOver() throws {
    let sink = MemorySink()
    let encoder = try StreamingEncoder(Metadata(base: [Self.entry("a")]), to: sink)
    var preceder = Self.entry("late")
    preceder["step"] = .unsigned(6)
    try encoder.writePreceder(preceder)
    expectError { try encoder.writePreceder(preceder) }
    try Self.write(encoder, [1])
    try encoder.finish()
    let message = try MessageReader(MemorySource(copying: sink.bytes))
    #expect(message.layout.flags.contains(.preceders))
    #expect(try message.metadata().base[0]["name"] == .text("late"))
    #expect(try message.metadata().base[0]["step"] == .unsigned(6))
  }

  @Test func danglingPrecederIsAnError() throws {
    let encoder = try StreamingEncoder(Metadata(), to: MemorySink())
    try encoder.writePreceder(Self.entry("a"))
    expectError { try encoder.finish() }
  }

  @Test func failedWriteLeavesTheMessageAsItWas() throws {
    let sink = MemorySink()
    let encoder = try StreamingEncoder(Metadata(), to: sink)
    try Self.write(encoder, [1])
    let before = sink.bytes
    expectError { try Self.write(encoder, [1, .nan]) }
    expectError { try Self.write(encoder, [1], compression: "unknown") }
    #expect(sink.bytes == before)
    try Self.write(encoder, [2])
    try encoder.finish()
    #expect(try MessageReader(MemorySource(copying: sink.bytes)).elements(1, as: Float.self) == [2])
  }

  @Test func withoutObjects() throws {
    let sink = MemorySink()
    let encoder = try StreamingEncoder(Metadata(base: [Self.entry("a")]), to: sink)
    try encoder.finish()
    expectError { try encoder.finish() }
    let message = try MessageReader(MemorySource(copying: sink.bytes))
    #expect(message.objectCount == 0)
    #expect(try message.metadata().base.isEmpty)
  }

  @Test func behindAnotherMessageOfAFile() throws {
    let folder = TemporaryFolder()
    let file = try TensogramFile.create(folder.file("a.tgm"))
    let first = try TensogramFileTests.message(1)
    try file.append(first)
    let sink = try FileSink(appendingTo: file.path)
    let encoder = try StreamingEncoder(Metadata(), to: sink)
    try Self.write(encoder, [1, 2])
    // Not finished: what was there still opens.
    #expect(try TensogramFile(opening: file.path).messageCount() == 1)
    try encoder.finish(backfill: true)
    let again = try TensogramFile(opening: file.path)
    #expect(try again.messageCount() == 2)
    #expect(try again.message(1).reader.elements(0, as: Float.self) == [1, 2])
  }

  @Test func whatOthersAppendMeanwhileStays() throws {
    let folder = TemporaryFolder()
    let file = try TensogramFile.create(folder.file("a.tgm"))
    let sink = try FileSink(appendingTo: file.path)
    let encoder = try StreamingEncoder(Metadata(), to: sink)
    try Self.write(encoder, [1, 2])
    let other = try TensogramFileTests.message(1)
    try file.append(other)
    expectError { try Self.write(encoder, [3]) }
    expectError { try encoder.finish() }
    try sink.discard()
    let again = try TensogramFile(opening: file.path)
    #expect(try again.messageCount() == 1)
    #expect(try again.ranges()[0].count == other.count)
  }

  @Test func discardedMessagesLeaveTheFileAsItWas() throws {
    let folder = TemporaryFolder()
    let file = try TensogramFile.create(folder.file("a.tgm"))
    let other = try TensogramFileTests.message(1)
    try file.append(other)
    let sink = try FileSink(appendingTo: file.path)
    try Self.write(StreamingEncoder(Metadata(), to: sink), [1, 2])
    try sink.discard()
    try sink.discard()
    #expect(try FileSource(path: file.path).count() == other.count)
  }
}
