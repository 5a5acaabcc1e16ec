/// Bits packed as the dtype `bitmask` has them: the first in the most significant bit of the first byte.
enum PackedBits {
  /// Bytes that `count` bits take.
  static func byteCount(_ count: Int) -> Int { count / 8 + (count % 8 == 0 ? 0 : 1) }

  /// The 64 bits from byte `offset` on, the first most significant; bits that are not there are 0.
  @inline(__always)
  static func word(at offset: Int, of packed: RawSpan) -> UInt64 {
    if offset + 8 <= packed.byteCount { return packed.bigEndian(at: offset) }
    var word: UInt64 = 0
    for byte in offset..<packed.byteCount { word |= UInt64(packed[byte]) << UInt64(56 - (byte - offset) * 8) }
    return word
  }

  /// Calls `body` with the runs of set bits among those of `range`, which are there, in rising order.
  @inline(__always)
  static func forEachRun(of packed: RawSpan, in range: Range<Int>, _ body: (Range<Int>) -> Void) {
    var scanner = RunScanner()
    for base in stride(from: range.lowerBound & ~63, to: range.upperBound, by: 64) {
      var word = word(at: base / 8, of: packed)
      if base < range.lowerBound { word &= .max >> UInt64(range.lowerBound - base) }
      if base + 64 > range.upperBound { word &= ~(.max >> UInt64(range.upperBound - base)) }
      scanner.scan(word, at: base, body)
    }
    scanner.finish(at: range.upperBound, body)
  }

  /// Sets the bits of `run`, which are there.
  static func set(_ run: Range<Int>, in packed: inout MutableRawSpan) {
    if run.isEmpty { return }
    let (first, last) = (run.lowerBound / 8, (run.upperBound - 1) / 8)
    let head: UInt8 = 0xff >> UInt8(run.lowerBound % 8)
    let tail: UInt8 = 0xff << UInt8(7 - (run.upperBound - 1) % 8)
    if first == last { return set(head & tail, at: first, in: &packed) }
    set(head, at: first, in: &packed)
    for byte in first + 1..<last { packed.storeBytes(of: 0xff, toByteOffset: byte, as: UInt8.self) }
    set(tail, at: last, in: &packed)
  }

  @inline(__always)
  private static func set(_ bits: UInt8, at byte: Int, in packed: inout MutableRawSpan) {
    packed.storeBytes(of: packed.bytes[byte] | bits, toByteOffset: byte, as: UInt8.self)
  }
}

/// Puts together runs of set bits from words that follow each other.
struct RunScanner {
  private var start: Int?

  /// The bits of `word`, the most significant at position `base`; a run that goes on behind them stays open.
  @inline(__always)
  mutating func scan(_ word: UInt64, at base: Int, _ body: (Range<Int>) -> Void) {
    var position = 0
    while position < 64 {
      if let start {
        position += (~word &<< UInt64(position)).leadingZeroBitCount
        if position >= 64 { return }
        body(start..<base + position)
        self.start = nil
      } else {
        position += (word &<< UInt64(position)).leadingZeroBitCount
        if position >= 64 { return }
        start = base + position
      }
    }
  }

  /// Ends an open run, behind the last bit.
  @inline(__always)
  mutating func finish(at end: Int, _ body: (Range<Int>) -> Void) {
    if let start { body(start..<end) }
    start = nil
  }
}
