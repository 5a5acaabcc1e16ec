import Testing

@testable import Tensogram

/// Blocks that are made or read in pieces are the ones that the library makes and reads in one call.
@Suite struct LZ4PiecesTests {
  static let whole = LZ4()

  static let inputs: [(name: String, bytes: [UInt8])] = [
    ("a byte", [7]),
    ("zeros", [UInt8](repeating: 0, count: 9000)),
    ("noise", SeededGenerator.bytes(9000)),
    ("noise, then zeros", SeededGenerator.bytes(5000) + [UInt8](repeating: 0, count: 5000)),
    ("zeros, then noise", [UInt8](repeating: 0, count: 5000) + SeededGenerator.bytes(5000)),
    ("steps", bytes(of: walk(5000).map { Int16(truncatingIfNeeded: $0) })),
    ("a far repetition", SeededGenerator.bytes(70_000) + SeededGenerator.bytes(70_000)),
  ]

  @Test(arguments: inputs, [100, 4096, 65_536])
  func roundTrip(input: (name: String, bytes: [UInt8]), pieceSize: Int) throws {
    let pieces = LZ4(pieceSize: pieceSize)
    let payload = try pieces.encoded(input.bytes, workers: Workers())
    #expect(try Self.whole.decoded(payload, size: input.bytes.count, workers: Workers()) == input.bytes)
    #expect(try pieces.decoded(payload, size: input.bytes.count, workers: Workers()) == input.bytes)
    let oneCall = try Self.whole.encoded(input.bytes, workers: Workers())
    #expect(try pieces.decoded(oneCall, size: input.bytes.count, workers: Workers()) == input.bytes)
  }

  @Test func piecesCompressAboutAsWell() throws {
    let input = bytes(of: walk(20_000).map(Double.init))
    let payload = try LZ4(pieceSize: 32 << 10).encoded(input, workers: Workers())
    #expect(payload.count <= (try Self.whole.encoded(input, workers: Workers()).count) * 105 / 100)
  }

  /// What is damage to the one is damage to the other; both give the right number of bytes or an error.
  @Test func damage() throws {
    let input = bytes(of: walk(3000).map { Int16(truncatingIfNeeded: $0) })
    let payload = try Self.whole.encoded(input, workers: Workers())
    var generator = SeededGenerator(seed: 5)
    for _ in 0..<500 {
      let damaged = damaged(payload, using: &generator)
      let expected = try? Self.whole.decoded(damaged, size: input.count, workers: Workers())
      let found = try? LZ4(pieceSize: 500).decoded(damaged, size: input.count, workers: Workers())
      #expect(found == expected)
    }
  }
}
