import Glibc
import Synchronization
import Testing

@testable import Tensogram

/// What Python's `validate` shows is tested there, code by code; here is what only Swift sees.
@Suite struct ValidatorTests {
  static func message(compression: String = "none", count: Int = 4096) throws -> [UInt8] {
    let descriptor = DataObjectDescriptor(shape: try Shape([count]), dtype: .float32, compression: compression)
    return try encodeMessage(objects: [(descriptor, (0..<count).map { Float($0) })])
  }

  static func validate(_ bytes: [UInt8], _ level: ValidationLevel = .full) throws -> ValidationReport {
    try Validator.validate(MemorySource(copying: bytes), level: level)
  }

  /// Where the data object's frame starts in a message with one.
  static func objectStart(_ bytes: [UInt8]) throws -> Int {
    try MessageReader(MemorySource(copying: bytes)).layout.objects[0].frame.range.lowerBound
  }

  @Test(arguments: ValidationLevel.allCases) func intact(level: ValidationLevel) throws {
    let report = try Self.validate(Self.message(), level)
    #expect(report == ValidationReport(issues: [], objectCount: 1, isHashVerified: level != .quick))
    #expect(report.isValid)
  }

  @Test func offsetsCountFromTheMessage() throws {
    var message = try Self.message()
    let start = try Self.objectStart(message)
    message[start + 20] ^= 1
    let junk = [UInt8](repeating: 0x54, count: 100)
    let source = MemorySource(copying: junk + message + junk)
    let report = try Validator.validate(source, in: 100..<100 + message.count)
    #expect(report.issues.map(\.code) == [.hashMismatch])
    #expect(report.issues.first?.byteOffset == start)
    #expect(report.issues.first?.stage == .integrity)
    #expect(!report.isValid)
  }

  /// Ranges that reach beyond the source, or are nowhere in it, are no reason to throw.
  @Test(arguments: [0..<Int.max, 5000..<5001, Int.max - 1..<Int.max, 0..<0])
  func anyRange(range: Range<Int>) throws {
    let source = MemorySource(copying: try Self.message(count: 1))
    let report = try Validator.validate(source, in: range)
    #expect(range.count > 1 ? report.isValid : report.issues.map(\.code) == [.bufferTooShort])
  }

  @Test func quickReadsNoPayload() throws {
    let source = CountingSource(try Self.message(count: 1 << 20))
    #expect(try Validator.validate(source, level: .quick).isValid)
    #expect(source.bytesRead < 1 << 15)
  }

  @Test(arguments: ["none", "zstd", "lz4"])
  func throughASourceThatIsNotInMemory(compression: String) throws {
    var message = try Self.message(compression: compression, count: 600_000)
    for level in ValidationLevel.allCases {
      #expect(try Validator.validate(CountingSource(message), level: level) == Self.validate(message, level))
    }
    message[message.count / 2] ^= 0x10
    for level in ValidationLevel.allCases {
      #expect(try Validator.validate(CountingSource(message), level: level) == Self.validate(message, level))
    }
  }

  /// A payload with a wrong hash never reaches its codec, which would find it damaged too.
  @Test func wrongHash() throws {
    var message = try Self.message(compression: "zstd")
    message[try Self.objectStart(message) + FrameHeader.size] ^= 0xFF
    #expect(try Self.validate(message).issues.map(\.code) == [.hashMismatch])
  }

  @Test func everyDamagedByteIsToldOrHarmless() throws {
    let message = try HostileMessageTests.message()
    for position in message.indices {
      for mask: UInt8 in [0x01, 0x80, 0xFF] {
        var damaged = message
        damaged[position] ^= mask
        let report = try Self.validate(damaged)
        let isReadable = (try? HostileMessageTests.readAll(damaged)) != nil
        #expect(isReadable || !report.isValid, "byte \(position) flipped by \(mask)")
      }
    }
  }

  /// Claims of any size in any place neither trap nor allocate.
  @Test func largeNumbersInEveryPlace() throws {
    let message = try HostileMessageTests.message()
    for position in 0...message.count - 8 {
      for number: UInt64 in [0, 1 << 63, .max, UInt64.max - UInt64(position), UInt64(message.count) + 1] {
        var damaged = message
        for byte in 0..<8 { damaged[position + byte] = UInt8(truncatingIfNeeded: number >> (56 - 8 * UInt64(byte))) }
        _ = try Self.validate(damaged)
      }
    }
  }

  @Test func namesOfStagesAreThoseOfThePipeline() throws {
    func failure(_ change: (inout DataObjectDescriptor) -> Void) throws -> String {
      var descriptor = DataObjectDescriptor(shape: try Shape([8]), dtype: .float64)
      change(&descriptor)
      do {
        _ = try Pipeline(descriptor)
        return ""
      } catch { return error.text }
    }
    for name in Pipeline.encodings { #expect(try !failure { $0.encoding = name }.contains("unknown encoding")) }
    for name in Pipeline.filters { #expect(try !failure { $0.filter = name }.contains("unknown filter")) }
    for name in Pipeline.compressions {
      #expect(try !failure { $0.compression = name }.contains("unknown compression"))
    }
    #expect(try failure { $0.compression = "x" }.contains("unknown compression"))
  }
}

@Suite struct ValidatorErrorTests {
  /// Memory that fails to be read from a position on.
  final class FailingSource: ByteSource {
    let inner: MemorySource
    let failsFrom: Int

    init(_ bytes: [UInt8], failsFrom: Int) {
      inner = MemorySource(copying: bytes)
      self.failsFrom = failsFrom
    }

    func count() throws(TensogramError) -> Int { inner.count() }

    func read(at offset: Int, into destination: inout MutableRawSpan) throws(TensogramError) {
      if offset + destination.byteCount > failsFrom { throw TensogramError(.system(code: EIO), "cannot read") }
      try inner.read(at: offset, into: &destination)
    }
  }

  /// What the disk does is no property of the message.
  @Test func readErrorsAreThrown() throws {
    let message = try ValidatorTests.message()
    for position in stride(from: 0, to: message.count, by: 97) {
      #expect(throws: TensogramError(.system(code: EIO), "cannot read")) {
        _ = try Validator.validate(FailingSource(message, failsFrom: position), level: .full)
      }
    }
  }

  @Test func cancellationIsThrown() throws {
    let cancellation = Cancellation { true }
    let message = try ValidatorTests.message(count: 1)
    let source = MemorySource(copying: message)
    let error = #expect(throws: TensogramError.self) {
      // The question is asked some time after the beginning.
      while true {
        _ = try Validator.validate(source, level: .full, workers: Workers(1, cancellation: cancellation))
      }
    }
    #expect(error?.kind == .cancelled)
  }

  @Test func missingFile() throws {
    let path = TemporaryFolder().file("absent.tgm")
    let error = #expect(throws: TensogramError.self) { try Validator.validateFile(path) }
    #expect(error?.kind == .system(code: ENOENT))
    #expect(error?.file == path)
  }
}

@Suite struct FileValidationTests {
  @Test func messagesAndWhatLiesBetween() throws {
    let message = try ValidatorTests.message(count: 1)
    let junk = [UInt8]("junk".utf8)
    let report = try Validator.validateMessages(of: MemorySource(copying: junk + message + message + junk))
    #expect(report.messages.map(\.isHashVerified) == [true, true])
    let end = 4 + 2 * message.count
    #expect(report.unclaimed.map(\.range) == [0..<4, end..<end + 4])
  }

  /// One pass over junk, whatever it looks like, and little more over messages.
  @Test(arguments: ["x", "F", "FR", "T", "TENSOGRM", "TENSOGRM\0\u{3}"])
  func junkCostsOnePass(pattern: String) throws {
    let unit = [UInt8](pattern.utf8)
    let junk = Array([[UInt8]](repeating: unit, count: 1_200_000 / unit.count).joined())
    let message = try ValidatorTests.message(count: 1)
    let source = CountingSource(junk + message + junk)
    let report = try Validator.validateMessages(of: source, level: .quick)
    #expect(report.messages.count == 1)
    #expect(report.unclaimed.map(\.range.count) == [junk.count, junk.count])
    #expect(source.bytesRead < 6 * junk.count)
  }

  /// A magic, and a gap with a frame, may lie across the end of a block.
  @Test(arguments: [-9, -8, -7, -4, -1, 0, 1])
  func findsWhatLiesAcrossBlocks(shift: Int) throws {
    let message = try ValidatorTests.message(count: 1)
    let junk = [UInt8](repeating: 0x46, count: (1 << 20) + shift)
    let report = try Validator.validateMessages(of: CountingSource(junk + message))
    #expect(report.messages.map(\.isHashVerified) == [true])

    let start = try ValidatorTests.objectStart(message)
    var gapped = Array(message[..<start]) + junk + message[start...]
    let length = UInt64(gapped.count)
    for byte in 0..<8 {
      let digit = UInt8(truncatingIfNeeded: length >> (56 - 8 * UInt64(byte)))
      gapped[Preamble.totalLengthOffset + byte] = digit
    }
    let found = try Validator.validate(CountingSource(gapped), level: .quick)
    #expect(found.objectCount == 1)
    #expect(found.issues.map(\.code) == [.nonZeroPadding, .footerOffsetMismatch])
    #expect(found.issues.first?.byteOffset == start)
  }
}
