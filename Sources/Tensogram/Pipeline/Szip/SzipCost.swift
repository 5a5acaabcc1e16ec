/// How many bits the code options take.
enum SzipCost {
  /// Whether all values are zero.
  @inline(__always)
  static func isZero(_ values: Span<UInt32>) -> Bool {
    var bits: UInt32 = 0
    for index in values.indices { bits |= values[index] }
    return bits == 0
  }

  /// The split option that takes the fewest bits, and the sum of what it leaves of the values for fundamental sequences.
  ///
  /// Searched from option `first` on, in steps, as libaec does, because among equals the nearest to it is taken. Costs
  /// have a single minimum: k + 1 costs a bit more for each value and saves half the sequences' zeros, rounded up.
  @inline(__always)
  static func bestSplit(
    of values: Span<UInt32>, _ parameters: SzipParameters, from first: Int
  ) -> (split: Int, quotients: Int) {
    let count = values.count
    // Sums of 32 bits hold where values of this many bits are added.
    let safeBits = 31 &- (Int.bitWidth &- count.leadingZeroBitCount)
    var split = first
    var quotients = sum(values, split, isShort: parameters.bitsPerSample &- split <= safeBits)
    // A step up saves more than `count` zeros only where there are as many; one down costs fewer only where there are fewer.
    if quotients > count {
      while split &+ 1 < parameters.splitOptions {
        let next = sum(values, split &+ 1, isShort: parameters.bitsPerSample &- split <= safeBits)
        if quotients &- next <= count { break }
        split &+= 1
        quotients = next
      }
    } else if quotients < count {
      while split > 0 {
        let next = sum(values, split &- 1, isShort: parameters.bitsPerSample &- split < safeBits)
        if next &- quotients >= count { break }
        split &-= 1
        quotients = next
      }
    }
    return (split, quotients)
  }

  @inline(__always)
  private static func sum(_ values: Span<UInt32>, _ split: Int, isShort: Bool) -> Int {
    let shift = UInt32(truncatingIfNeeded: split)
    if isShort {
      var sum: UInt32 = 0
      for index in values.indices { sum &+= values[index] &>> shift }
      return Int(sum)
    }
    var sum = 0
    for index in values.indices { sum &+= Int(values[index] &>> shift) }
    return sum
  }
}
