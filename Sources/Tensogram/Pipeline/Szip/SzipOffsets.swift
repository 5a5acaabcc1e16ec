/// The bit of the payload at which each interval starts: the first 0, the others rising.
struct SzipOffsets: Sendable {
  static let key = "szip_block_offsets"

  private let offsets: [Int]

  /// `nil` where there are none; what is no array of such numbers is a metadata error.
  init?(_ parameters: StageParameters) throws(TensogramError) {
    guard let value = parameters.map[Self.key] else { return nil }
    guard case .array(let items) = value else {
      throw .metadata("expected array for \(Self.key), got \(value.kindName)")
    }
    var offsets: [Int] = []
    offsets.reserveCapacity(items.count)
    var previous = -1
    for item in items {
      guard case .unsigned(let number) = item, let offset = Int(exactly: number) else {
        throw .metadata("\(Self.key)[\(offsets.count)] must be an unsigned integer, got \(item.kindName)")
      }
      guard offset > previous else {
        throw .metadata(
          "\(Self.key) must be strictly increasing: [\(offsets.count)] is \(offset) after \(previous)")
      }
      previous = offset
      offsets.append(offset)
    }
    guard offsets.first ?? 0 == 0 else {
      throw .metadata("\(Self.key) must start with 0: the first offset must be 0, got \(offsets[0])")
    }
    self.offsets = offsets
  }

  var count: Int { offsets.count }

  /// The bit of the payload at which an interval starts.
  subscript(interval: Int) -> Int { offsets[interval] }

  /// The bytes of the payload that hold these intervals, with what shows whether the first offset is sure; where some are
  /// not in the payload, a metadata error.
  func bytes(
    of intervals: Range<Int>, payloadSize: Int, _ parameters: SzipParameters
  ) throws(TensogramError) -> Range<Int> {
    let payloadBits = payloadSize * 8
    let isLast = intervals.upperBound == count
    let end = isLast ? payloadBits : offsets[intervals.upperBound]
    guard end <= payloadBits, offsets[intervals.lowerBound] <= end else {
      throw .metadata(
        "\(Self.key)[\(isLast ? intervals.lowerBound : intervals.upperBound)] exceeds the \(payloadBits) bit bound of "
          + "the payload")
    }
    // The end may be a block early as well.
    let block = parameters.identifierWidth + parameters.blockSize * parameters.bitsPerSample
    return max(offsets[intervals.lowerBound] / 8 - Self.margin, 0)..<min((end + block + 7) / 8, payloadSize)
  }
}
