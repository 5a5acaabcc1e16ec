/// Bits as the lengths of their runs: the value of the first bit (one byte, 0 or 1), then the lengths of runs of
/// alternating value as ULEB128 (DWARF 5 §7.6). Each is at least 1, and they add up to the number of bits.
enum RunLengths {
  /// The blob of the first `bitCount` bits of `packed`; empty for none.
  static func encode(_ packed: RawSpan, bitCount: Int) -> [UInt8] {
    if bitCount == 0 { return [] }
    var blob: [UInt8] = [packed[0] >> 7]
    var position = 0
    PackedBits.forEachRun(of: packed, in: 0..<bitCount) { run in
      if run.lowerBound > position { append(run.lowerBound - position, to: &blob) }
      append(run.count, to: &blob)
      position = run.upperBound
    }
    if position < bitCount { append(bitCount - position, to: &blob) }
    return blob
  }

  /// The most bytes that `bitCount` bits take.
  static func maximumSize(_ bitCount: Int) -> Int { bitCount == 0 ? 0 : 1 + bitCount }

  private static func append(_ length: Int, to blob: inout [UInt8]) {
    var rest = length
    while rest > 0x7f {
      blob.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    blob.append(UInt8(truncatingIfNeeded: rest))
  }

  /// Calls `body` with the runs of set bits, in rising order; throws an encoding error where the blob is none of
  /// `bitCount` bits.
  @inline(__always)
  static func forEachRun(
    of blob: RawSpan, bitCount: Int, _ body: (Range<Int>) -> Void
  ) throws(TensogramError) {
    if blob.isEmpty, bitCount == 0 { return }
    guard !blob.isEmpty, blob[0] <= 1 else {
      let found = blob.isEmpty ? "nothing" : "byte \(blob[0])"
      throw damaged("starts with \(found) instead of 0 or 1")
    }
    var isSet = blob[0] == 1
    var offset = 1
    var position = 0
    while offset < blob.byteCount {
      let length = try length(of: blob, at: &offset)
      guard length > 0 else { throw damaged("has an empty run at byte \(offset - 1)") }
      guard length <= bitCount - position else {
        throw damaged("has more than the \(bitCount) bits of its mask")
      }
      if isSet { body(position..<position + length) }
      position += length
      isSet.toggle()
    }
    guard position == bitCount else { throw damaged("has \(position) of \(bitCount) bits") }
  }

  @inline(__always)
  private static func length(of blob: RawSpan, at offset: inout Int) throws(TensogramError) -> Int {
    var length = 0
    for shift in stride(from: 0, to: 63, by: 7) {
      guard offset < blob.byteCount else { throw damaged("ends within a run length") }
      let byte = blob[offset]
      offset += 1
      length |= Int(byte & 0x7f) << shift
      if byte < 0x80 { return length }
    }
    throw damaged("has a run length beyond 63 bits at byte \(offset)")
  }

  private static func damaged(_ what: String) -> TensogramError { .encoding("rle bitmask \(what)") }
}
