import Testing

@testable import Tensogram

@Suite struct RoaringTests {
  /// Array, bitmap and run containers, one and several, full and nearly empty.
  static let shapes: [(count: Int, runs: [Range<Int>], step: Int)] = [
    (0, [], 1), (10, [], 1), (10, [0..<10], 1), (100, [3..<5, 9..<10], 1), (65_536, [0..<65_536], 1),
    (65_537, [65_536..<65_537], 1), (70_000, [0..<70_000], 3), (70_000, [0..<8_191], 2), (70_000, [0..<8_194], 2),
    (200_000, [10..<20, 65_530..<65_540, 131_000..<199_999], 1), (400_000, [0..<400_000], 100),
    (400_000, [1..<70_000, 100_000..<100_001, 140_000..<390_000], 7),
  ]

  private func bits(_ shape: (count: Int, runs: [Range<Int>], step: Int)) -> PlainBits {
    let positions = shape.runs.flatMap { stride(from: $0.lowerBound, to: $0.upperBound, by: shape.step) }
    return PlainBits(count: shape.count, runs: positions.map { $0..<$0 + 1 })
  }

  @Test(arguments: shapes.indices)
  func roundTrips(index: Int) throws {
    let bits = bits(Self.shapes[index])
    let count = bits.bits.count
    let blob = RoaringWriter.encode(bits.packed.span.bytes, bitCount: count)
    #expect(blob.count <= RoaringWriter.maximumSize(count))
    #expect(joined(try RoaringLayout.runs(blob, count)) == bits.runs)
    for range in [0..<0, 0..<count / 2, count / 3..<count, count / 2..<count / 2 + 1] where range.upperBound <= count {
      #expect(joined(try RoaringLayout.runs(blob, count, in: range)) == bits.runs(in: range))
    }
  }

  @Test func choosesTheSmallestContainer() {
    let cases: [(runs: [Range<Int>], step: Int, size: Int)] = [
      // Cookie and count; key and cardinality; offset; entries.
      ([0..<8192], 2, 8 + 4 + 4 + 2 * 4096), ([0..<8194], 2, 8 + 4 + 4 + 8192), ([], 1, 8),
      // Cookie, flags, key and cardinality, run count, runs.
      ([0..<60_000], 1, 4 + 1 + 4 + 2 + 4),
    ]
    for (runs, step, size) in cases {
      let packed = bits((65_536, runs, step)).packed
      #expect(RoaringWriter.encode(packed.span.bytes, bitCount: 65_536).count == size)
    }
  }

  /// The positions 1, 2, 5 of 8, as an array and as runs.
  static let array: [UInt8] = bytes("3a300000 01000000 0000 0200 10000000 0100 0200 0500")
  static let runs: [UInt8] = bytes("3b300000 01 0000 0200 0200 0100 0100 0500 0000")

  @Test func readsBothForms() throws {
    #expect(try RoaringLayout.runs(Self.array, 8) == [1..<3, 5..<6])
    #expect(try RoaringLayout.runs(Self.runs, 8) == [1..<3, 5..<6])
    #expect(try RoaringLayout.runs(bytes("3a300000 00000000"), 0) == [])
  }

  @Test(arguments: [
    ("nothing", ""), ("another cookie", "39300000 01000000 0000 0200 10000000 0100 0200 0500"),
    ("too many containers", "3a300000 01000100"), ("2^32 − 1 containers", "3a300000 ffffffff"),
    ("no keys", "3a300000 01000000 0000"), ("65536 containers with runs", "3b30ffff 01"),
    ("another offset", "3a300000 01000000 0000 0200 11000000 0100 0200 0500"),
    ("an array too short", "3a300000 01000000 0000 0200 10000000 0100 0200"),
    ("an array that falls", "3a300000 01000000 0000 0200 10000000 0200 0100 0500"),
    ("an array that repeats", "3a300000 01000000 0000 0200 10000000 0100 0100 0500"),
    ("a position too high", "3a300000 01000000 0000 0200 10000000 0100 0200 0800"),
    ("a key too high", "3a300000 01000000 0100 0200 10000000 0100 0200 0500"),
    ("bytes after the end", "3a300000 01000000 0000 0200 10000000 0100 0200 0500 00"),
    ("a bitmap too short", "3a300000 01000000 0000 0010 10000000 ffff"),
    ("runs that overlap", "3b300000 01 0000 0300 0200 0100 0200 0300 0000"),
    ("no run", "3b300000 01 0000 0000 0000"),
    ("another cardinality", "3b300000 01 0000 0300 0200 0100 0100 0500 0000"),
    ("a run that leaves its container", "3b300000 01 0000 0200 0100 ffff 0200"),
    ("runs too short", "3b300000 01 0000 0200 0200 0100 0100"),
    (
      "keys that fall",
      "3a300000 02000000 0100 0000 0000 0000 18000000 1a000000 0000 0000"
    ),
  ])
  func refuses(what: String, blob: String) {
    let error = #expect(throws: TensogramError.self, "\(what)") { _ = try RoaringLayout.runs(bytes(blob), 8) }
    #expect(error?.kind == .encoding)
    #expect(error?.text.hasPrefix("roaring bitmask") == true)
  }

  @Test func aBitmapMustHaveItsCardinality() throws {
    let bits = bits((65_536, [0..<65_536], 3))
    var blob = RoaringWriter.encode(bits.packed.span.bytes, bitCount: 65_536)
    // Behind cookie, count, key, cardinality and offset.
    blob[16 + 100] ^= 1
    let error = #expect(throws: TensogramError.self) { _ = try RoaringLayout.runs(blob, 65_536) }
    #expect(error?.text.contains("has a bitmap of") == true)
  }

  @Test(arguments: [array, runs])
  func anyDamageIsBitsOrAnError(blob: [UInt8]) {
    for index in blob.indices {
      for bit in 0..<8 {
        var damaged = blob
        damaged[index] ^= 1 << UInt8(bit)
        guard let runs = try? RoaringLayout.runs(damaged, 8) else { continue }
        #expect(runs.allSatisfy { !$0.isEmpty && $0.upperBound <= 8 })
      }
    }
    for length in blob.indices {
      #expect(throws: TensogramError.self) { _ = try RoaringLayout.runs(Array(blob[..<length]), 8) }
    }
  }
}
