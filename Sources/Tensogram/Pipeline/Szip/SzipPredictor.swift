/// Mapped prediction errors and samples (CCSDS 121.0-B-3, section 4): each sample is predicted to be the one before, and
/// small errors of either sign become small numbers.
///
/// With θ the distance from the sample before to the nearer end of the range, an error Δ of at most θ becomes 2Δ, or
/// −2Δ − 1 where it is negative. A larger one can only lead away from that end, so no sign is needed: θ + |Δ|, which is
/// the distance from that end to the sample.
struct SzipPredictor {
  let low: Int
  let high: Int
  /// The sample before.
  var sample: Int

  init(_ range: ClosedRange<Int>) {
    low = range.lowerBound
    high = range.upperBound
    sample = 0
  }

  /// Takes the bits of a reference sample.
  mutating func start(reference: UInt32) {
    sample = Int(reference)
    // Of signed samples the highest bit counts negative.
    if sample > high { sample -= high - low + 1 }
  }

  /// Writes the samples that belong to `values`; each is at most high − low, so no sample is out of range.
  @inline(__always)
  mutating func restore<Sample: SzipSample>(
    _ values: Span<UInt32>, into output: inout MutableRawSpan, as type: Sample.Type
  ) {
    var index = 0
    if high - low < 1 << 24 {
      while index &+ 16 <= values.count {
        var group = output._mutatingExtracting(
          index &* Sample.width..<(index &+ 16) &* Sample.width)
        if !restoreSmallErrors(values.extracting(index..<index &+ 16), into: &group, as: type) {
          restoreSingly(values.extracting(index..<index &+ 16), into: &group, as: type)
        }
        index &+= 16
      }
    }
    var rest = output._mutatingExtracting(droppingFirst: index &* Sample.width)
    restoreSingly(values.extracting(droppingFirst: index), into: &rest, as: type)
  }

  @inline(__always)
  private mutating func restoreSingly<Sample: SzipSample>(
    _ values: Span<UInt32>, into output: inout MutableRawSpan, as type: Sample.Type
  ) {
    var sample = sample
    let (low, high) = (low, high)
    for index in values.indices {
      let value = Int(values[index])
      let half = (value &+ 1) &>> 1
      let near = sample &+ ((value &>> 1) ^ (0 &- (value & 1)))
      let fromLow = sample < low &+ half
      let fromHigh = sample > high &- half
      sample = fromLow ? low &+ value : fromHigh ? high &- value : near
      Sample.store(UInt32(truncatingIfNeeded: sample), &output, index)
    }
    self.sample = sample
  }

  /// 16 values of errors that are all at most θ, so that samples are sums; else does nothing and returns `false`.
  ///
  /// Samples are of at most 24 bits here, so nothing overflows. Even and odd places stay apart, which spares most
  /// shuffles: a sum up to an odd place is one of sums of pairs, and the sum before it lacks the odd place's error.
  @inline(__always)
  private mutating func restoreSmallErrors<Sample: SzipSample>(
    _ values: Span<UInt32>, into output: inout MutableRawSpan, as type: Sample.Type
  ) -> Bool {
    // Any bits are integers.
    let value = unsafe values.bytes.unsafeLoadUnaligned(as: SIMD16<Int32>.self)
    let (evenValue, oddValue) = (value.evenHalf, value.oddHalf)
    let evenError = (evenValue &>> 1) ^ (0 &- (evenValue & 1))
    let oddError = (oddValue &>> 1) ^ (0 &- (oddValue & 1))
    let pairs = evenError &+ oddError
    let oddPairs = pairs.oddHalf
    let fours = pairs.evenHalf &+ oddPairs
    let oddFours = fours.oddHalf
    let eights = fours.evenHalf &+ oddFours

    let start = Int32(truncatingIfNeeded: sample)
    let end = start &+ eights[0] &+ eights[1]
    let eightSums = SIMD2(start &+ eights[0], end)
    var fourSums = SIMD4<Int32>()
    fourSums.oddHalf = eightSums
    fourSums.evenHalf = eightSums &- oddFours
    var odd = SIMD8<Int32>()
    odd.oddHalf = fourSums
    odd.evenHalf = fourSums &- oddPairs
    let even = odd &- oddError
    let beforeEven = even &- evenError

    let evenHalf = (evenValue &+ 1) &>> 1
    let oddHalf = (oddValue &+ 1) &>> 1
    let low = SIMD8(repeating: Int32(truncatingIfNeeded: low))
    let high = SIMD8(repeating: Int32(truncatingIfNeeded: high))
    let room =
      (beforeEven &- low &- evenHalf) | (high &- evenHalf &- beforeEven)
      | (even &- low &- oddHalf) | (high &- oddHalf &- even)
    let room4 = room.lowHalf | room.highHalf
    let room2 = room4.lowHalf | room4.highHalf
    if room2[0] | room2[1] < 0 { return false }
    Sample.store(even: SIMD8<UInt32>(truncatingIfNeeded: even), odd: SIMD8<UInt32>(truncatingIfNeeded: odd), &output)
    sample = Int(end)
    return true
  }
}
