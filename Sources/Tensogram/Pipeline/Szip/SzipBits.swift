/// The bits of a span, most significant first, with zeros after its end. Positions count bits from its start.
///
/// Holds no position of its own: the loops that read keep theirs in a register, which is what their speed rests on.
struct SzipBits: ~Escapable {
  private let bytes: RawSpan
  /// Bits of the span.
  let end: Int

  @_lifetime(copy bytes)
  init(_ bytes: RawSpan) {
    self.bytes = bytes
    end = bytes.byteCount * 8
  }

  /// 8 bytes of the span, the first one lowest.
  @inline(__always)
  private func word(atByte byte: Int) -> UInt64 {
    if byte <= bytes.byteCount - 8 {
      // Any bit pattern is an integer, at any alignment.
      return UInt64(littleEndian: unsafe bytes.unsafeLoadUnaligned(fromByteOffset: byte, as: UInt64.self))
    }
    return lastWord(atByte: byte)
  }

  @inline(never)
  private func lastWord(atByte byte: Int) -> UInt64 {
    var word: UInt64 = 0
    var shift: UInt64 = 0
    for index in min(byte, bytes.byteCount)..<bytes.byteCount {
      word |= UInt64(unsafe bytes.unsafeLoad(fromByteOffset: index, as: UInt8.self)) << shift
      shift += 8
    }
    return word
  }

  /// The bits from `position` on, from the highest downwards; at least ``dependableBits`` of them.
  @inline(__always)
  func window(at position: Int) -> UInt64 {
    word(atByte: position &>> 3).byteSwapped &<< UInt64(truncatingIfNeeded: position & 7)
  }

  /// Bits of a ``window(at:)`` that are there wherever in a byte it starts.
  static let dependableBits = 57

  /// The bits from `position` on, from the lowest upwards, then zeros.
  @inline(__always)
  func reversedWindow(at position: Int) -> UInt64 {
    var word = word(atByte: position &>> 3)
    word = (word &>> 1) & 0x5555_5555_5555_5555 | (word & 0x5555_5555_5555_5555) &<< 1
    word = (word &>> 2) & 0x3333_3333_3333_3333 | (word & 0x3333_3333_3333_3333) &<< 2
    word = (word &>> 4) & 0x0f0f_0f0f_0f0f_0f0f | (word & 0x0f0f_0f0f_0f0f_0f0f) &<< 4
    return word &>> UInt64(truncatingIfNeeded: position & 7)
  }

  /// The `width` bits, 1 to 32, at `position`.
  @inline(__always)
  func field(_ width: Int, at position: Int) -> UInt32 {
    UInt32(truncatingIfNeeded: window(at: position) &>> UInt64(truncatingIfNeeded: 64 &- width))
  }

  /// The position after the fundamental sequence at `position`, zeros and a one. The bits' end ends the zeros.
  func endOfFundamentalSequence(at position: Int) -> Int {
    var position = position
    var window = reversedWindow(at: position)
    while window == 0 && position < end {
      position = (position | 7) + 57
      window = reversedWindow(at: position)
    }
    return position + window.trailingZeroBitCount + 1
  }
}
