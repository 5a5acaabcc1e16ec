/// Blocks coded by a split option (CCSDS 121.0-B-3, section 3.3).
extension SzipBits {
  /// Reads a block: fundamental sequences of the values without their `width` lowest bits, then those
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
