/// One sequence of a block (lz4_Block_format): a token, literals, and but for the last one a match.
struct LZ4Sequence {
  /// Where its literals stand in the block.
  let literals: Range<Int>
  /// Bytes of the match, 0 for the last sequence.
  let matchLength: Int
  /// Where the next one starts.
  let end: Int

  private static let shortestMatch = 4

  var decodedSize: Int { literals.count + matchLength }

  /// Reads the sequence at byte `start`; `nil` where the block ends before it does.
  init?(_ block: RawSpan, at start: Int) {
    guard start < block.byteCount else { return nil }
    let token = Int(block[start])
    var position = start + 1
    guard let count = Self.length(token >> 4, block, &position), count <= block.byteCount - position else { return nil }
    literals = position..<position + count
    if literals.upperBound == block.byteCount {
      matchLength = 0
      end = literals.upperBound
      return
    }
    // The distance of the match.
    position = literals.upperBound + 2
    guard position <= block.byteCount, let length = Self.length(token & 0xF, block, &position) else { return nil }
    matchLength = length + Self.shortestMatch
    end = position
  }

  /// Four bits, and where they are full all bytes up to the first that is not.
  private static func length(_ bits: Int, _ block: RawSpan, _ position: inout Int) -> Int? {
    var length = bits
    if bits < 15 { return length }
    while position < block.byteCount {
      let byte = Int(block[position])
      position += 1
      length += byte
      if byte < 255 { return length }
    }
    return nil
  }

  /// A token for so many literals, with the lower bits of `token`, and the bytes that belong to it.
  static func header(literals: Int, token: UInt8) -> [UInt8] {
    if literals < 15 { return [UInt8(literals) << 4 | token & 0xF] }
    let rest = literals - 15
    return [0xF0 | token & 0xF] + [UInt8](repeating: 255, count: rest / 255) + [UInt8(rest % 255)]
  }
}
