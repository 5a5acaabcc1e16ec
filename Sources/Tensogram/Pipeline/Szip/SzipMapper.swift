/// Turns samples into mapped values: the way back of ``SzipPredictor``.
struct SzipMapper {
  private let range: ClosedRange<Int>
  private let usesReferences: Bool
  /// Of the reference sample.
  private let referenceMask: UInt32
  /// Bits above a sample in memory.
  private let signShift: Int32
  /// A sample in memory can be out of range.
  private let needsCheck: Bool
  /// The sample before.
  private var previous = 0

  init(_ parameters: SzipParameters, _ width: Int) {
    range = parameters.sampleRange
    usesReferences = parameters.usesReferences
    referenceMask = parameters.largestValue
    signShift = Int32(32 - 8 * width)
    needsCheck = parameters.bitsPerSample < 8 * width
  }

  /// Maps the samples in `bytes`, of which the first is number `first` of the stream, to the start of `values`, and fills
  /// the rest of these with what a repeated last sample gives.
  ///
  /// The place of a reference sample, at the start of an interval, gets its bits.
  @inline(__always)
  mutating func map<Sample: SzipSample>(
    _ bytes: RawSpan, first: Int, startsInterval: Bool, into values: inout MutableSpan<UInt32>, as type: Sample.Type
  ) throws(TensogramError) {
    let count = bytes.byteCount / Sample.width
    var samples = values._mutatingExtracting(first: count)
    Sample.load(bytes, into: &samples)
    if needsCheck { try check(samples.span, first) }
    let last = samples[count - 1]
    if usesReferences {
      let reference = samples[0]
      if startsInterval { previous = sample(reference) }
      if range.upperBound < 1 << 29 {
        mapErrors(&samples, lanes: Int32.self)
      } else {
        mapErrors(&samples, lanes: Int.self)
      }
      previous = sample(last)
      if startsInterval { samples[0] = reference & referenceMask }
    }
    var rest = values._mutatingExtracting(droppingFirst: count)
    rest.update(repeating: usesReferences ? 0 : last)
  }

  @inline(__always)
  private func sample(_ bits: UInt32) -> Int {
    range.lowerBound < 0 ? Int((Int32(bitPattern: bits) &<< signShift) &>> signShift) : Int(bits)
  }

  @inline(__always)
  private func mapErrors<Lane: FixedWidthInteger & SignedInteger>(
    _ values: inout MutableSpan<UInt32>, lanes: Lane.Type
  ) {
    let low = Lane(truncatingIfNeeded: range.lowerBound)
    let high = Lane(truncatingIfNeeded: range.upperBound)
    var previous = Lane(truncatingIfNeeded: previous)
    for index in values.indices {
      // Checked indices keep the compiler from doing several at once; these are the span's own.
      let sample = Lane(truncatingIfNeeded: sample(unsafe values[unchecked: index]))
      let error = sample &- previous
      let near = (error &<< 1) ^ (error &>> Lane(Lane.bitWidth &- 1))
      let value = error > previous &- low ? sample &- low : 0 &- error > high &- previous ? high &- sample : near
      unsafe values[unchecked: index] = UInt32(truncatingIfNeeded: value)
      previous = sample
    }
  }

  @inline(never)
  private func check(_ samples: Span<UInt32>, _ first: Int) throws(TensogramError) {
    for index in samples.indices {
      let sample = sample(samples[index])
      guard range.contains(sample) else {
        throw .encoding(
          "szip: sample \(first + index) is \(sample), outside of \(range.lowerBound) to \(range.upperBound)")
      }
    }
  }
}
