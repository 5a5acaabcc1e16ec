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
    while index &+ Self.group <= values.count {
      let part = values.extracting(index..<index &+ Self.group)
      var samples = output._mutatingExtracting(index &* Sample.width..<(index &+ Self.group) &* Sample.width)
      if !restoreSmallErrors(part, into: &samples, as: type) { restoreSingly(part, into: &samples, as: type) }
      index &+= Self.group
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

  /// Values that are looked at together.
  private static let group = 16

  /// A group of values of which no error can be larger than θ, so that samples are sums; else does nothing and returns
  /// `false`.
  @inline(__always)
  private mutating func restoreSmallErrors<Sample: SzipSample>(
    _ values: Span<UInt32>, into output: inout MutableRawSpan, as type: Sample.Type
  ) -> Bool {
    var sum = 0
    for index in 0..<Self.group { sum &+= Int(values[index]) }
    // No sample is further from the first, and no error larger.
    let reach = sum == 0 ? 0 : (sum &+ Self.group) &>> 1
    if sample &- low < reach || high &- sample < reach { return false }
    var sample = sample
    for index in 0..<Self.group {
      let value = Int(values[index])
      sample &+= (value &>> 1) ^ (0 &- (value & 1))
      Sample.store(UInt32(truncatingIfNeeded: sample), &output, index)
    }
    self.sample = sample
    return true
  }
}
