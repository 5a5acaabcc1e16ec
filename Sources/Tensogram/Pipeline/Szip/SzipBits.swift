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
  private func reversedWindow(at position: Int) -> UInt64 {
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

  /// Reads `count` fundamental sequences, at least one, into `values`; fast where the count is known when compiling.
  ///
  /// Returns the position after them, or `nil` if they do not all stand within one word.
  @inline(__always)
  func readFundamentalSequences(_ count: Int, at position: Int, into values: inout MutableSpan<UInt32>) -> Int? {
    var window = reversedWindow(at: position)
    var previous = -1
    for index in 0..<count {
      // Each one bit ends a sequence; an empty word gives 64.
      let place = window.trailingZeroBitCount
      values[index] = UInt32(truncatingIfNeeded: place &- previous &- 1)
      previous = place
      window &= window &- 1
    }
    return previous == 64 ? nil : position &+ previous &+ 1
  }

  /// Reads a field of `width` bits, 1 to 32, for each value and puts it below the bits that are there.
  ///
  /// Returns the position after them. Not inlined, so that the compiler sees rotations by one and the same width.
  @inline(never)
  func mergeFields(_ width: Int, at position: Int, into values: inout MutableSpan<UInt32>) -> Int {
    if width <= Self.dependableBits / 4 {
      readFields(width, perWindow: 4, at: position, into: &values, merge: true)
    } else if width <= Self.dependableBits / 2 {
      readFields(width, perWindow: 2, at: position, into: &values, merge: true)
    } else {
      readFields(width, perWindow: 1, at: position, into: &values, merge: true)
    }
  }

  /// Reads a field of `width` bits, 1 to 32, for each value. Returns the position after them.
  @inline(never)
  func readFields(_ width: Int, at position: Int, into values: inout MutableSpan<UInt32>) -> Int {
    if width <= Self.dependableBits / 4 {
      readFields(width, perWindow: 4, at: position, into: &values, merge: false)
    } else if width <= Self.dependableBits / 2 {
      readFields(width, perWindow: 2, at: position, into: &values, merge: false)
    } else {
      readFields(width, perWindow: 1, at: position, into: &values, merge: false)
    }
  }

  @inline(__always)
  private func readFields(
    _ width: Int, perWindow: Int, at start: Int, into values: inout MutableSpan<UInt32>, merge: Bool
  ) -> Int {
    let shift = UInt64(truncatingIfNeeded: width)
    let mask = UInt32.max &>> UInt32(truncatingIfNeeded: 32 &- width)
    var position = start
    var index = 0
    while index &+ 8 <= values.count {
      var group = values._mutatingExtracting(index..<index &+ 8)
      for first in stride(from: 0, to: 8, by: perWindow) {
        var window = window(at: position)
        for place in first..<first &+ perWindow {
          window = (window &<< shift) | (window &>> (0 &- shift))
          let field = UInt32(truncatingIfNeeded: window) & mask
          group[place] = merge ? group[place] &<< UInt32(truncatingIfNeeded: shift) | field : field
        }
        position &+= perWindow &* width
      }
      index &+= 8
    }
    while index < values.count {
      let field = field(width, at: position)
      values[index] = merge ? values[index] &<< UInt32(truncatingIfNeeded: shift) | field : field
      position &+= width
      index &+= 1
    }
    return position
  }
}

// MARK: Blocks

extension SzipBits {
  /// Reads a block of a split option: fundamental sequences of the values without their `width` lowest bits, then those
  /// bits. Returns the position after it.
  @inline(__always)
  func readSplit(
    _ width: Int, largest: UInt32, at start: Int, into values: inout MutableSpan<UInt32>
  ) throws(TensogramError) -> Int {
    let limit = largest &>> UInt32(truncatingIfNeeded: width)
    // Sequences that come together from one word are shorter than 64.
    var needsCheck = limit < 63
    var position = start
    var done = 0
    while done < values.count {
      let left = values.count &- done
      if left >= 16 {
        var group = values._mutatingExtracting(done..<done &+ 16)
        if let end = readFundamentalSequences(16, at: position, into: &group) {
          position = end
          done &+= 16
          continue
        }
      }
      var group = values._mutatingExtracting(done..<done &+ min(left, 16))
      position = readFewOrLongSequences(at: position, into: &group)
      done &+= group.count
      needsCheck = true
    }
    if needsCheck { try check(values.span, limit) }
    if width > 0 { position = mergeFields(width, at: position, into: &values) }
    try checkEnd(position)
    return position
  }

  /// Sequences that are fewer than 16 or not all within one word.
  @inline(never)
  private func readFewOrLongSequences(at start: Int, into values: inout MutableSpan<UInt32>) -> Int {
    let end =
      values.count == 8
      ? readFundamentalSequences(8, at: start, into: &values)
      : readFundamentalSequences(values.count, at: start, into: &values)
    if let end { return end }
    var position = start
    for index in values.indices {
      let end = endOfFundamentalSequence(at: position)
      values[index] = UInt32(clamping: end - position - 1)
      position = end
    }
    return position
  }

  @inline(never)
  private func check(_ values: Span<UInt32>, _ limit: UInt32) throws(TensogramError) {
    var wrong: UInt32 = 0
    for index in values.indices { wrong |= values[index] > limit ? 1 : 0 }
    if wrong != 0 { throw Self.tooLarge }
  }

  /// Throws where `position` is behind the last bit.
  @inline(__always)
  func checkEnd(_ position: Int) throws(TensogramError) {
    if position > end { throw Self.truncated }
  }

  static var truncated: TensogramError { .compression("szip error: the payload ends within a block") }

  static var tooLarge: TensogramError {
    .compression("szip error: the payload is damaged, a block holds a value of more bits than a sample has")
  }
}
