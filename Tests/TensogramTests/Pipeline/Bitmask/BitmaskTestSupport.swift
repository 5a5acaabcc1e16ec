import Testing

@testable import Tensogram

/// Bits the plain way.
struct PlainBits: Equatable {
  var bits: [Bool]

  init(_ bits: [Bool]) { self.bits = bits }

  init(count: Int, runs: [Range<Int>]) {
    bits = [Bool](repeating: false, count: count)
    for position in runs.joined() { bits[position] = true }
  }

  /// About one bit in `oneIn` set, in runs of up to `runLength`.
  init(count: Int, oneIn: Int, runLength: Int, _ generator: inout SeededGenerator) {
    bits = []
    while bits.count < count {
      let isSet = Int.random(in: 0..<oneIn, using: &generator) == 0
      let length = Int.random(in: 1...runLength, using: &generator)
      bits += [Bool](repeating: isSet, count: min(length, count - bits.count))
    }
  }

  init(packed: [UInt8], count: Int) {
    bits = (0..<count).map { packed[$0 / 8] >> UInt8(7 - $0 % 8) & 1 == 1 }
  }

  var packed: [UInt8] {
    var packed = [UInt8](repeating: 0, count: (bits.count + 7) / 8)
    for (position, bit) in bits.enumerated() where bit { packed[position / 8] |= 0x80 >> UInt8(position % 8) }
    return packed
  }

  /// The longest runs of set bits within `range`.
  func runs(in range: Range<Int>) -> [Range<Int>] {
    var runs: [Range<Int>] = []
    for position in range where bits[position] {
      if let last = runs.last, last.upperBound == position {
        runs[runs.count - 1] = last.lowerBound..<position + 1
      } else {
        runs.append(position..<position + 1)
      }
    }
    return runs
  }

  var runs: [Range<Int>] { runs(in: bits.indices) }
}

/// Runs with those put together that touch.
func joined(_ runs: [Range<Int>]) -> [Range<Int>] {
  runs.reduce(into: []) { joined, run in
    if let last = joined.last, last.upperBound == run.lowerBound {
      joined[joined.count - 1] = last.lowerBound..<run.upperBound
    } else {
      joined.append(run)
    }
  }
}

extension RunLengths {
  static func runs(_ blob: [UInt8], _ bitCount: Int) throws(TensogramError) -> [Range<Int>] {
    var runs: [Range<Int>] = []
    try forEachRun(of: blob.span.bytes, bitCount: bitCount) { runs.append($0) }
    return runs
  }
}

extension RoaringLayout {
  static func runs(
    _ blob: [UInt8], _ bitCount: Int, in range: Range<Int>? = nil
  ) throws(TensogramError) -> [Range<Int>] {
    var runs: [Range<Int>] = []
    let layout = try RoaringLayout(of: blob.span.bytes, bitCount: bitCount)
    layout.forEachRun(of: blob.span.bytes, in: range ?? 0..<bitCount) { runs.append($0) }
    return runs
  }
}

extension CompressionStage {
  func encoded(_ input: [UInt8]) throws -> [UInt8] {
    var buffer = try ScratchBuffer(byteCount: maximumEncodedSize(input.count))
    let size = try buffer.withOutput { (output) throws(TensogramError) in
      _ = try encode(input.span.bytes, into: &output, workers: Workers())
    }
    return buffer.array(size)
  }

  func decoded(_ payload: [UInt8], size: Int) throws -> [UInt8] {
    var buffer = try ScratchBuffer(byteCount: size)
    var output = buffer.mutableBytes
    try decode(payload.span.bytes, into: &output, workers: Workers())
    return (0..<size).map { output.bytes[$0] }
  }
}
