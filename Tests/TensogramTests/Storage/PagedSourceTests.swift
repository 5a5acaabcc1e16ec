import Testing

@testable import Tensogram

@Suite struct PagedSourceTests {
  static let bytes = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }

  static func paged(_ source: any ByteSource, _ message: Range<Int> = 0..<bytes.count) -> PagedSource {
    PagedSource(source, size: bytes.count, message: message)
  }

  static func read(_ source: any ByteSource, _ range: Range<Int>) throws -> [UInt8] {
    try source.withBytes(range) { (bytes) throws(TensogramError) in bytes.array }
  }

  @Test func whatIsCloseTogetherIsReadOnce() throws {
    let counting = CountingSource(Self.bytes)
    let paged = Self.paged(counting)
    for range in [100_000..<100_016, 99_200..<99_700, 103_000..<103_001, 100_000..<100_016] {
      #expect(try Self.read(paged, range) == Array(Self.bytes[range]))
    }
    #expect(counting.reads == 1)
    #expect(counting.bytesRead == ByteWindow.pieceSize)
  }

  @Test func aSmallMessageIsReadAtOnceAndNothingBesideIt() throws {
    let counting = CountingSource(Self.bytes)
    let paged = Self.paged(counting, 50_000..<60_000)
    for range in [50_000..<50_024, 59_976..<60_000, 50_000..<60_000] {
      #expect(try Self.read(paged, range) == Array(Self.bytes[range]))
    }
    #expect(counting.reads == 1)
    #expect(counting.bytesRead == 10_000)
  }

  @Test func largeReadsAreNotKept() throws {
    let counting = CountingSource(Self.bytes)
    let paged = Self.paged(counting)
    for _ in 0..<2 { #expect(try Self.read(paged, 20_000..<90_000) == Array(Self.bytes[20_000..<90_000])) }
    #expect(counting.bytesRead == 140_000)
  }

  @Test func whatIsOutsideTheMessageIsReadAsAskedFor() throws {
    let counting = CountingSource(Self.bytes)
    let paged = Self.paged(counting, 50_000..<150_000)
    for range in [0..<10, 49_999..<50_001, 149_990..<150_010, 199_999..<200_000] {
      #expect(try Self.read(paged, range) == Array(Self.bytes[range]))
    }
    #expect(counting.bytesRead == 33)
    #expect(throws: TensogramError.self) { try Self.read(paged, 199_999..<200_001) }
  }

  @Test(arguments: 0..<20 as Range<UInt64>)
  func readsInAnyOrderAreOfTheSource(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let paged = Self.paged(CountingSource(Self.bytes), 10_000..<190_000)
    for _ in 0..<300 {
      let start = Int.random(in: 0..<Self.bytes.count, using: &generator)
      let most = Bool.random(using: &generator) ? 100 : 9_000
      let range = start..<min(start + Int.random(in: 0...most, using: &generator), Self.bytes.count)
      #expect(try Self.read(paged, range) == Array(Self.bytes[range]))
    }
  }

  /// Messages of many objects look at more pages than are kept.
  @Test func pagesThatWereDroppedAreReadAgain() throws {
    let bytes = [UInt8](repeating: 9, count: 12 << 20)
    let paged = PagedSource(CountingSource(bytes), size: bytes.count, message: bytes.indices)
    for start in stride(from: 0, to: bytes.count, by: 5_000) {
      #expect(try Self.read(paged, start..<start + 8) == [UInt8](repeating: 9, count: 8))
    }
    #expect(try Self.read(paged, 0..<8) == [UInt8](repeating: 9, count: 8))
  }

  @Test func openingAMessageOfManyObjectsReadsEachPlaceOnce() throws {
    let descriptor = DataObjectDescriptor(shape: try Shape([2_000]), dtype: .int32, byteOrder: .little)
    let values = (0..<Int32(2_000)).map { $0 }
    let message = try encodeMessage(objects: Array(repeating: (descriptor, values), count: 20))
    let counting = CountingSource(message)
    let reader = try MessageReader(PagedSource(counting, size: message.count, message: message.indices))
    _ = try reader.metadata()
    for index in 0..<reader.objectCount { #expect(try reader.descriptor(index).shape.extents == [2_000]) }
    // The start, which has the metadata, and the end of each object.
    #expect(counting.reads <= 22)
  }
}
