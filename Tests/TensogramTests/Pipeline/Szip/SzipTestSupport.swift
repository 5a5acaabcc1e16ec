@testable import Tensogram

/// A stream's parameters and its samples.
struct SzipCase: CustomStringConvertible {
  enum Data: CaseIterable { case constant, random, smooth, alternatingExtremes, sparse, small }

  let parameters: SzipParameters
  let data: Data
  var samples: [Int]

  var description: String {
    "\(samples.count) \(data) samples of \(parameters.bitsPerSample) bits, block size \(parameters.blockSize), rsi "
      + "\(parameters.interval), flags \(parameters.flags.rawValue)"
  }

  init(_ parameters: SzipParameters, _ data: Data, count: Int, seed: UInt64) {
    self.parameters = parameters
    self.data = data
    var generator = SeededGenerator(seed: seed)
    let range = parameters.sampleRange
    let start = Int.random(in: range, using: &generator)
    let spread = max(Int.random(in: 1...max(range.count / 100, 1), using: &generator), 1)
    var sample = start
    var zeros = 0
    samples = (0..<count).map { index in
      switch data {
      case .constant: break
      case .random: sample = Int.random(in: range, using: &generator)
      case .smooth:
        let step = Int.random(in: -spread...spread, using: &generator)
        sample = min(max(sample + step, range.lowerBound), range.upperBound)
      case .alternatingExtremes: sample = index % 2 == 0 ? range.lowerBound : range.upperBound
      case .sparse:
        if zeros == 0 { zeros = Int.random(in: 0...parameters.blockSize * 70, using: &generator) }
        zeros -= 1
        sample = zeros == 0 ? Int.random(in: range, using: &generator) : 0
      case .small:
        sample =
          Int.random(in: 0...2, using: &generator) == 0
          ? Int.random(in: 0...min(range.upperBound, 3), using: &generator) : 0
      }
      return sample
    }
  }

  /// As they stand in memory.
  var bytes: [UInt8] { PlainSzip(parameters: parameters).bytes(samples) }

  /// What libaec's encoder takes: it wants no sign above the sample's bits.
  var bytesForLibAEC: [UInt8] {
    PlainSzip(parameters: parameters).bytes(samples.map { $0 & Int(parameters.largestValue) })
  }

  /// Every width, sign, byte order, preprocessing, block size and rsi; data and lengths, from one sample to several
  /// intervals, take turns.
  static func matrix(_ widths: ClosedRange<Int>) throws -> [SzipCase] {
    var cases: [SzipCase] = []
    for width in widths {
      for flags in flagSets(width) {
        for (blockSize, interval) in zip(
          [8, 16, 32, 64, 8, 16, 32, 64], turned([1, 2, 128, 4096], by: cases.count / 8))
        {
          let number = cases.count
          let parameters = try SzipParameters(
            bitsPerSample: width, blockSize: blockSize, interval: interval, flags: flags)
          let size = parameters.samplesPerInterval
          let counts = [1, blockSize - 1, blockSize * 3 + 2, size - 3, size, size * 3 + blockSize + 1]
          let data = Data.allCases[number % Data.allCases.count]
          let count = counts[number / Data.allCases.count % counts.count]
          cases.append(
            SzipCase(parameters, data, count: min(count, 240 + number % 64), seed: UInt64(width << 32 | number)))
        }
      }
    }
    return cases
  }

  /// All of 1, 4, 8, with the others that the width allows.
  private static func flagSets(_ width: Int) -> [SzipFlags] {
    let extras: [SzipFlags] = width <= 4 ? [[], .restricted] : 17...24 ~= width ? [[], .threeBytes] : [[]]
    return extras.flatMap { extra in
      [0, 1, 4, 5, 8, 9, 12, 13].map { SzipFlags(rawValue: $0).union(extra) }
    }
  }

  private static func turned(_ values: [Int], by count: Int) -> [Int] {
    (0..<8).map { values[($0 + count + $0 / 4) % values.count] }
  }
}

extension SzipEncoder {
  func encode(_ samples: [UInt8]) throws -> (payload: [UInt8], offsets: [Int]) {
    // The tests see that nothing behind the room that was asked for is written.
    let room = try maximumSize(samples.count)
    var output = [UInt8](repeating: 0xA5, count: room + 16)
    var span = output.mutableSpan
    var bytes = span.mutableBytes
    var part = bytes._mutatingExtracting(first: room)
    let result = try encode(samples.span.bytes, into: &part)
    precondition(output[room...].allSatisfy { $0 == 0xA5 })
    return (Array(output[..<result.size]), result.offsets)
  }
}

extension SzipDecoder {
  /// `count` samples, after `skipped` ones, from the interval that starts at `bit`.
  func decode(
    _ payload: [UInt8], at bit: Int = 0, skipping skipped: Int = 0, count: Int
  ) throws -> (samples: [UInt8], end: Int) {
    var output = [UInt8](repeating: 0xA5, count: count * parameters.bytesPerSample)
    var span = output.mutableSpan
    var bytes = span.mutableBytes
    let end = try decode(payload.span.bytes, at: bit, skipping: skipped, into: &bytes)
    return (output, end)
  }
}

// MARK: The stage

extension Szip {
  /// The stage of a descriptor with these keys, without their `szip_`.
  init(
    _ entries: KeyValuePairs<String, CBORValue> = [:], offsets: [Int]? = nil, bits: Int = 16, isPacked: Bool = false
  ) throws(TensogramError) {
    var map = CBORMap()
    for (key, value) in entries { map["szip_" + key] = value }
    if let offsets { map["szip_block_offsets"] = .array(offsets.map { CBORValue($0) }) }
    try self.init(StageParameters(map), bitsPerSample: bits, isPacked: isPacked)
  }

  /// The payload, and the parameters that come with it.
  func encode(_ input: [UInt8], workers: Int = 1) throws -> (payload: [UInt8], parameters: [String: CBORValue]) {
    var parameters: [(key: String, value: CBORValue)] = []
    let payload = try [UInt8](unsafeUninitializedCapacity: maximumEncodedSize(input.count)) { buffer, count in
      var output = OutputRawSpan(buffer: UnsafeMutableRawBufferPointer(buffer), initializedCount: 0)
      parameters = try encode(input.span.bytes, into: &output, workers: Workers(workers))
      count = output.finalize(for: UnsafeMutableRawBufferPointer(buffer))
    }
    return (payload, Dictionary(uniqueKeysWithValues: parameters.map { ($0.key, $0.value) }))
  }

  func encodeWithOffsets(_ input: [UInt8], workers: Int = 1) throws -> (payload: [UInt8], offsets: [Int]) {
    let (payload, parameters) = try encode(input, workers: workers)
    return (payload, (parameters["szip_block_offsets"]?.array ?? []).compactMap(\.int))
  }

  func decode(_ payload: [UInt8], count: Int, workers: Int = 1) throws(TensogramError) -> [UInt8] {
    var output = [UInt8](repeating: 0xA5, count: count)
    var span = output.mutableSpan
    var bytes = span.mutableBytes
    try decode(payload.span.bytes, into: &bytes, workers: Workers(workers))
    return output
  }

  func decode(
    _ range: Range<Int>, of decodedSize: Int, from source: any ByteSource, workers: Int = 1
  ) throws(TensogramError) -> [UInt8] {
    var output = [UInt8](repeating: 0xA5, count: range.count)
    var span = output.mutableSpan
    var bytes = span.mutableBytes
    let payload = try PayloadWindow(source, 0..<source.count())
    try decode(range, of: decodedSize, from: payload, into: &bytes, workers: Workers(workers))
    return output
  }
}

/// Samples of 16 bits, little-endian.
func smoothSamples(_ count: Int) -> [UInt8] {
  (0..<count).flatMap { index -> [UInt8] in
    let value = UInt16(20_000 + (index * index / 50) % 997)
    return [UInt8(truncatingIfNeeded: value), UInt8(value >> 8)]
  }
}
