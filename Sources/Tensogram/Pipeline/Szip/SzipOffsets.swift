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

  /// The bits of these intervals; where some are not in the payload, a metadata error.
  func bits(of intervals: Range<Int>, payloadSize: Int) throws(TensogramError) -> Range<Int> {
    let payloadBits = payloadSize * 8
    let end = intervals.upperBound < count ? offsets[intervals.upperBound] : payloadBits
    guard end <= payloadBits, offsets[intervals.lowerBound] <= end else {
      throw .metadata(
        "\(Self.key)[\(min(intervals.upperBound, count - 1))] exceeds the \(payloadBits) bit bound of the payload")
    }
    return offsets[intervals.lowerBound]..<end
  }
}
