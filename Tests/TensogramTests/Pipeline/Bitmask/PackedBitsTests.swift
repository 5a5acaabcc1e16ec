import Testing

@testable import Tensogram

@Suite struct PackedBitsTests {
  @Test func findsTheRunsOfAnyRange() {
    var generator = SeededGenerator(seed: 11)
    for (count, runLength) in [(1, 1), (63, 3), (64, 64), (65, 1), (200, 5), (1000, 90)] {
      let bits = PlainBits(count: count, oneIn: 2, runLength: runLength, &generator)
      for _ in 0..<20 {
        let first = Int.random(in: 0...count, using: &generator)
        let range = first..<Int.random(in: first...count, using: &generator)
        var found: [Range<Int>] = []
        PackedBits.forEachRun(of: bits.packed.span.bytes, in: range) { found.append($0) }
        #expect(found == bits.runs(in: range), "\(range) of \(count)")
      }
    }
  }

  @Test func setsRuns() {
    for first in 0..<20 {
      for end in first...26 {
        var packed = [UInt8](repeating: 0, count: 4)
        packed[0] = 0x40
        packed.withUnsafeMutableBytes {
          var span = MutableRawSpan(_unsafeBytes: $0)
          PackedBits.set(first..<end, in: &span)
        }
        #expect(PlainBits(packed: packed, count: 32) == PlainBits(count: 32, runs: [1..<2, first..<end]))
      }
    }
  }
}
