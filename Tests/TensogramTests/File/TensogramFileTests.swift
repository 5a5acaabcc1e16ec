import Glibc
import Testing

@testable import Tensogram

@Suite struct TensogramFileTests {
  let folder = TemporaryFolder()

  static func message(_ value: UInt8, count: Int = 8) throws -> [UInt8] {
    let descriptor = DataObjectDescriptor(shape: try Shape([count]), dtype: .uint8)
    return try encodeMessage(objects: [(descriptor, [UInt8](repeating: value, count: count))])
  }

  static func write(_ bytes: [UInt8], to path: String) throws {
    _ = try TensogramFile.create(path)
    try FileAppender.append(bytes.span.bytes, to: path)
  }

  @Test func appendAndRead() throws {
    let file = try TensogramFile.create(folder.file("a.tgm"))
    #expect(try file.messageCount() == 0)
    for value: UInt8 in 0..<5 {
      try file.append(Self.message(value))
      #expect(try file.messageCount() == Int(value) + 1)
    }
    for value: UInt8 in 0..<5 {
      #expect(try file.message(Int(value)).reader.elements(0, as: UInt8.self) == [UInt8](repeating: value, count: 8))
    }
  }

  @Test func appendedByAnotherIsSeenAfterOwnAppend() throws {
    let path = folder.file("a.tgm")
    try Self.write(Self.message(1), to: path)
    let file = try TensogramFile(opening: path)
    #expect(try file.messageCount() == 1)
    try TensogramFile(opening: path).append(Self.message(2))
    #expect(try file.messageCount() == 1)
    #expect(try file.message(0).reader.elements(0, as: UInt8.self).first == 1)
    try file.append(Self.message(3))
    #expect(try file.messageCount() == 3)
    #expect(try file.message(2).reader.elements(0, as: UInt8.self).first == 3)
  }

  @Test func openingReadsNoPayload() throws {
    let source = CountingSource(try Self.message(1, count: 10_000_000))
    #expect(try MessageScanner.scan(source).count == 1)
    let message = try MessageReader(source)
    _ = try message.metadata()
    _ = try message.descriptors()
    #expect(source.bytesRead < 32_000)
  }

  @Test func missingFileAndFolder() throws {
    let missing = #expect(throws: TensogramError.self) { try TensogramFile(opening: folder.file("missing.tgm")) }
    #expect(missing?.kind == .system(code: ENOENT))
    #expect(missing?.description.contains("missing.tgm") == true)
    let directory = #expect(throws: TensogramError.self) { try TensogramFile(opening: folder.path) }
    #expect(directory?.kind == .system(code: EISDIR))
  }

  @Test func goneReplacedCutOrOverwritten() throws {
    let path = folder.file("a.tgm")
    let large = try Self.message(1, count: 100_000)
    func opened() throws -> TensogramFile {
      try Self.write(large, to: path)
      let file = try TensogramFile(opening: path)
      _ = try file.message(0)
      return file
    }
    func expectError(_ file: TensogramFile, _ change: () throws -> Void) throws {
      try change()
      let error = #expect(throws: TensogramError.self) {
        _ = try file.message(0).reader.elements(0, as: UInt8.self)
      }
      guard case .system? = error?.kind else {
        Issue.record("\(String(describing: error)) is no system error")
        return
      }
      #expect(error?.description.contains(path) == true)
    }
    try expectError(opened()) { unlink(path) }
    try expectError(opened()) {
      let other = folder.file("b.tgm")
      try Self.write(large, to: other)
      rename(other, path)
    }
    try expectError(opened()) { truncate(path, 5000) }
    try expectError(opened()) { try Self.write(Self.message(2, count: 100_000), to: path) }
  }

  @Test func indexOutOfRangeNamesIndexAndCount() throws {
    let path = folder.file("a.tgm")
    try Self.write(Self.message(1), to: path)
    let error = #expect(throws: TensogramError.self) { try TensogramFile(opening: path).message(3) }
    #expect(error?.description.contains("message index 3 out of range (count=1)") == true)
  }

  /// Readers see whole messages with right values while another thread appends.
  @Test func readersAndAppender() async throws {
    let path = folder.file("a.tgm")
    try Self.write(Self.message(0, count: 1000), to: path)
    let file = try TensogramFile(opening: path)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        for value: UInt8 in 1..<100 { try file.append(Self.message(value, count: 1000)) }
      }
      for _ in 0..<4 {
        group.addTask {
          for _ in 0..<200 {
            let index = try file.messageCount() - 1
            let values = try file.message(index).reader.elements(0, as: UInt8.self, verifyHash: true)
            #expect(values == [UInt8](repeating: UInt8(index), count: 1000))
          }
        }
      }
      try await group.waitForAll()
    }
    #expect(try file.messageCount() == 100)
  }
}
