import Testing

@testable import Tensogram

@Suite struct RunLengthsTests {
  @Test(
    arguments: [
      (0, [], []), (1, [], [0, 1]), (1, [0..<1], [1, 1]), (5, [3..<5], [0, 3, 2]), (5, [0..<2], [1, 2, 3]),
      (300, [100..<300], [0, 100, 0xc8, 1]), (128, [], [0, 0x80, 1]), (127, [], [0, 0x7f]),
    ] as [(Int, [Range<Int>], [UInt8])])
  func writesAsSpecified(count: Int, runs: [Range<Int>], blob: [UInt8]) throws {
    let packed = PlainBits(count: count, runs: runs).packed
    #expect(RunLengths.encode(packed.span.bytes, bitCount: count) == blob)
    #expect(try RunLengths.runs(blob, count) == runs)
  }

  @Test func roundTrips() throws {
    var generator = SeededGenerator(seed: 5)
    for (count, runLength) in [(1, 1), (9, 2), (64, 1), (500, 40), (5000, 1), (20_000, 700)] {
      let bits = PlainBits(count: count, oneIn: 2, runLength: runLength, &generator)
      let blob = RunLengths.encode(bits.packed.span.bytes, bitCount: count)
      #expect(blob.count <= RunLengths.maximumSize(count))
      #expect(try RunLengths.runs(blob, count) == bits.runs)
    }
  }

  @Test(
    arguments: [
      ("nothing", []), ("a first bit of 2", [2, 8]), ("no run", [0]), ("an empty run", [0, 3, 0, 5]),
      ("too few bits", [0, 7]), ("too many bits", [1, 4, 5]), ("half a length", [0, 0x88]),
      ("64 bits of length", [0] + [UInt8](repeating: 0xff, count: 9) + [1]),
      ("a length that never ends", [1] + [UInt8](repeating: 0x80, count: 100)),
      ("bits after the last", [0, 8, 1]),
    ] as [(String, [UInt8])])
  func refuses(what: String, blob: [UInt8]) {
    let error = #expect(throws: TensogramError.self, "\(what)") { try RunLengths.runs(blob, 8) }
    #expect(error?.kind == .encoding)
    #expect(error?.text.hasPrefix("rle bitmask") == true)
  }

  @Test func anyBytesAreBitsOrAnError() {
    var generator = SeededGenerator(seed: 6)
    for _ in 0..<2000 {
      let blob = (0..<Int.random(in: 0...12, using: &generator)).map { _ in
        UInt8.random(in: 0...255, using: &generator) >> UInt8.random(in: 0...7, using: &generator)
      }
      let count = Int.random(in: 0...40, using: &generator)
      guard let runs = try? RunLengths.runs(blob, count) else { continue }
      #expect(runs.allSatisfy { !$0.isEmpty && $0.upperBound <= count })
    }
  }
}
