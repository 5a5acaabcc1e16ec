/// Serialises packed bits as a Roaring bitmap: in each container whichever of array, bitmap and runs is smallest.
struct RoaringWriter {
  /// Positions have 32 bits.
  static let mostBits = 1 << 32

  private var descriptions: [(key: Int, cardinality: Int, hasRuns: Bool, offset: Int)] = []
  private var body: [UInt8] = []

  /// The blob of the first `bitCount` bits of `packed`, at most ``mostBits``; bits behind them are 0.
  static func encode(_ packed: RawSpan, bitCount: Int) -> [UInt8] {
    precondition(bitCount <= mostBits)
    var writer = RoaringWriter()
    for base in stride(from: 0, to: bitCount, by: RoaringLayout.containerLength) {
      writer.add(packed, base..<min(base + RoaringLayout.containerLength, bitCount))
    }
    return writer.blob()
  }

  /// The most bytes that `bitCount` bits take.
  static func maximumSize(_ bitCount: Int) -> Int {
    let containers = bitCount / RoaringLayout.containerLength + 1
    return 8 + containers * (1 + 4 + 4 + RoaringLayout.bitmapSize)
  }

  private mutating func add(_ packed: RawSpan, _ range: Range<Int>) {
    var cardinality = 0
    var runs = 0
    var previous: UInt64 = 0
    for base in stride(from: range.lowerBound, to: range.upperBound, by: 64) {
      let word = PackedBits.word(at: base / 8, of: packed)
      cardinality += word.nonzeroBitCount
      runs += (word & ~(word >> 1 | previous << 63)).nonzeroBitCount
      previous = word
    }
    if cardinality == 0 { return }
    let isArray = cardinality <= RoaringLayout.mostArrayEntries
    let plainSize = isArray ? cardinality * 2 : RoaringLayout.bitmapSize
    let hasRuns = 2 + runs * 4 < plainSize
    let key = range.lowerBound / RoaringLayout.containerLength
    descriptions.append((key, cardinality, hasRuns, body.count))
    if hasRuns {
      append(runs)
      PackedBits.forEachRun(of: packed, in: range) { run in
        append(run.lowerBound - range.lowerBound)
        append(run.count - 1)
      }
    } else if isArray {
      PackedBits.forEachRun(of: packed, in: range) { run in
        for position in run { append(position - range.lowerBound) }
      }
    } else {
      for offset in stride(from: 0, to: RoaringLayout.bitmapSize, by: 8) {
        let start = range.lowerBound / 8 + offset
        let word = start < packed.byteCount ? PackedBits.word(at: start, of: packed) : 0
        for shift in stride(from: 0, to: 64, by: 8) {
          body.append(UInt8(truncatingIfNeeded: word.bitReversed >> UInt64(shift)))
        }
      }
    }
  }

  /// A 16-bit number, little-endian.
  private mutating func append(_ number: Int) {
    body.append(UInt8(truncatingIfNeeded: number))
    body.append(UInt8(truncatingIfNeeded: number >> 8))
  }

  private func blob() -> [UInt8] {
    var blob: [UInt8] = []
    func append(_ number: Int, bytes: Int) {
      for byte in 0..<bytes { blob.append(UInt8(truncatingIfNeeded: number >> (byte * 8))) }
    }
    let count = descriptions.count
    let hasRuns = descriptions.contains(where: \.hasRuns)
    if hasRuns {
      append(Int(RoaringLayout.runsCookie), bytes: 2)
      append(count - 1, bytes: 2)
      for first in stride(from: 0, to: count, by: 8) {
        let flags = descriptions[first..<min(first + 8, count)].enumerated()
        append(flags.reduce(0) { $0 | ($1.element.hasRuns ? 1 << $1.offset : 0) }, bytes: 1)
      }
    } else {
      append(Int(RoaringLayout.noRunsCookie), bytes: 4)
      append(count, bytes: 4)
    }
    for description in descriptions {
      append(description.key, bytes: 2)
      append(description.cardinality - 1, bytes: 2)
    }
    if !hasRuns || count >= RoaringLayout.offsetThreshold {
      let start = blob.count + count * 4
      for description in descriptions { append(start + description.offset, bytes: 4) }
    }
    return blob + body
  }
}
