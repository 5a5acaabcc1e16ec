import Testing

@testable import Tensogram

@Suite struct BitmaskCompressionTests {
  /// Bitmasks that the published package compressed; see `Tests/Fixtures/packing/make_bitmasks.py`.
  @Test func writesTheBytesOfThePublishedPackage() throws {
    let text = String(decoding: try Fixture.bytes("packing/bitmasks.txt"), as: UTF8.self)
    for line in text.split(separator: "\n") {
      let fields = line.split(separator: " ")
      let codec = try #require(BitmaskCompression.Codec(rawValue: String(fields[0])))
      let size = try #require(Int(fields[1]))
      let positions = fields[2] == "-" ? [] : fields[2].split(separator: ",").flatMap(positions)
      let packed = PlainBits(count: size * 8, runs: positions.map { $0..<$0 + 1 }).packed
      let stage = try BitmaskCompression(codec, dtype: .bitmask)
      let payload = try stage.encoded(packed)
      #expect(payload.count == Int(fields[3]), "\(line)")
      #expect(String(hexDigest: XXH3.hash(payload.span.bytes)) == fields[4], "\(line)")
      #expect(try stage.decoded(payload, size: size) == packed, "\(line)")
      #expect(try stage.decodedSize(of: window(payload)) == size)
    }
  }

  private func positions(_ pattern: Substring) -> [Int] {
    let numbers = pattern.split(separator: ":").compactMap { Int($0) }
    return Array(stride(from: numbers[0], to: numbers[1], by: numbers[2]))
  }

  private func window(_ payload: [UInt8]) -> PayloadWindow {
    PayloadWindow(MemorySource(copying: payload), 0..<payload.count)
  }

  @Test(arguments: [BitmaskCompression.Codec.rle, .roaring])
  func refusesPayloadsThatDoNotFit(codec: BitmaskCompression.Codec) throws {
    let stage = try BitmaskCompression(codec, dtype: .bitmask)
    let payload = try stage.encoded([0xf0, 0x0f])
    #expect(throws: TensogramError.self) { try stage.decoded(payload, size: 1) }
    #expect(throws: TensogramError.self) { try stage.decoded(payload, size: 3) }
    #expect(throws: TensogramError.self) { try stage.decoded(payload + [1], size: 2) }
    for length in payload.indices {
      #expect(throws: TensogramError.self) { try stage.decoded(Array(payload[..<length]), size: 2) }
    }
    for length in 0..<4 {
      #expect(throws: TensogramError.self) { try stage.decodedSize(of: window(Array(payload[..<length]))) }
    }
    #expect(throws: TensogramError.self) { try stage.maximumEncodedSize(1 << 29) }
    #expect(throws: TensogramError.self) { try BitmaskCompression(codec, dtype: .uint8) }
  }
}
