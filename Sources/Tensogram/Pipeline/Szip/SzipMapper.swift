/// Turns samples into mapped values: the way back of ``SzipPredictor``.
struct SzipMapper {
  private let range: ClosedRange<Int>
  private let usesReferences: Bool
  /// Of the reference sample.
  private let referenceMask: UInt32
  /// Bits above a sample in memory.
  private let signShift: Int32
  private let isSigned: Bool
  /// A sample in memory can be out of range.
  private let needsCheck: Bool
  /// The sample before.
  private var previous = 0

  init(_ parameters: SzipParameters, _ width: Int) {
    range = parameters.sampleRange
    usesReferences = parameters.usesReferences
    referenceMask = parameters.largestValue
    isSigned = range.lowerBound < 0
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
    if needsCheck { try check(bytes, first, as: type) }
    if usesReferences {
      if startsInterval { previous = sample(bytes, 0, as: type) }
      if range.upperBound < 1 << 29 {
        mapErrors(bytes, into: &values, lanes: Int32.self, as: type)
      } else {
        mapErrors(bytes, into: &values, lanes: Int.self, as: type)
      }
      previous = sample(bytes, count - 1, as: type)
      if startsInterval { values[0] = Sample.load(bytes, 0) & referenceMask }
    } else {
      for index in 0..<count { values[index] = Sample.load(bytes, index) }
    }
    let filler = usesReferences ? 0 : values[count - 1]
    for index in count..<values.count { values[index] = filler }
  }

  @inline(__always)
  private func sample<Sample: SzipSample>(_ bytes: RawSpan, _ index: Int, as type: Sample.Type) -> Int {
    let bits = Sample.load(bytes, index)
    return isSigned ? Int((Int32(bitPattern: bits) &<< signShift) &>> signShift) : Int(bits)
  }

  @inline(__always)
  private func mapErrors<Sample: SzipSample, Lane: FixedWidthInteger & SignedInteger>(
    _ bytes: RawSpan, into values: inout MutableSpan<UInt32>, lanes: Lane.Type, as type: Sample.Type
  ) {
    let low = Lane(truncatingIfNeeded: range.lowerBound)
    let high = Lane(truncatingIfNeeded: range.upperBound)
    var previous = Lane(truncatingIfNeeded: previous)
    for index in 0..<bytes.byteCount / Sample.width {
      let sample = Lane(truncatingIfNeeded: sample(bytes, index, as: type))
      let error = sample &- previous
      let near = (error &<< 1) ^ (error &>> Lane(Lane.bitWidth &- 1))
      let value = error > previous &- low ? sample &- low : 0 &- error > high &- previous ? high &- sample : near
      values[index] = UInt32(truncatingIfNeeded: value)
      previous = sample
    }
  }

  @inline(never)
  private func check<Sample: SzipSample>(
    _ bytes: RawSpan, _ first: Int, as type: Sample.Type
  ) throws(TensogramError) {
    for index in 0..<bytes.byteCount / Sample.width {
      let sample = sample(bytes, index, as: type)
      guard range.contains(sample) else {
        throw .encoding(
          "szip: sample \(first + index) is \(sample), outside of \(range.lowerBound) to \(range.upperBound)")
      }
    }
  }
}
