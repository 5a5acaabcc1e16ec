// The loops that read many values: what decoding takes most of its time for.

extension SzipBits {
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
    readFields(width, at: position, into: &values, merge: true)
  }

  /// As ``mergeFields(_:at:into:)``, without the bits that are there.
  @inline(never)
  func readFields(_ width: Int, at position: Int, into values: inout MutableSpan<UInt32>) -> Int {
    readFields(width, at: position, into: &values, merge: false)
  }

  @inline(__always)
  private func readFields(
    _ width: Int, at position: Int, into values: inout MutableSpan<UInt32>, merge: Bool
  ) -> Int {
    if width <= Self.dependableBits / 4 {
      readFields(width, perWindow: 4, at: position, into: &values, merge)
    } else if width <= Self.dependableBits / 2 {
      readFields(width, perWindow: 2, at: position, into: &values, merge)
    } else {
      readFields(width, perWindow: 1, at: position, into: &values, merge)
    }
  }

  @inline(__always)
  private func readFields(
    _ width: Int, perWindow: Int, at start: Int, into values: inout MutableSpan<UInt32>, _ merge: Bool
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
