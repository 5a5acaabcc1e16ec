import Testing

@testable import Tensogram

/// Encoder and decoder against libaec, and against the plain version of the standard.
@Suite struct SzipCodingTests {
  private static let widths: [ClosedRange<Int>] = [1...4, 5...8, 9...12, 13...16, 17...20, 21...24, 25...28, 29...32]

  /// Both write the same bytes and read what the other wrote.
  @Test(arguments: widths)
  func codesAsLibAECDoes(widths: ClosedRange<Int>) throws {
    for item in try SzipCase.matrix(widths) {
      let samples = item.bytes
      let payload = try LibAEC.encode(item.bytesForLibAEC, item.parameters)
      try #require(try SzipEncoder(item.parameters).encode(samples).payload == payload, "\(item)")
      let decoded = try SzipDecoder(item.parameters).decode(payload, count: item.samples.count)
      try #require(decoded.samples == samples, "\(item)")
      try #require((decoded.end + 7) / 8 == payload.count, "\(item)")
      try #require(try LibAEC.decode(payload, item.parameters, count: samples.count) == samples, "\(item)")
    }
  }

  @Test func agreesWithThePlainVersion() throws {
    for item in try SzipCase.matrix(1...32) where item.samples.count < 100 {
      let plain = PlainSzip(parameters: item.parameters)
      let expected = plain.encode(item.samples)
      let (payload, offsets) = try SzipEncoder(item.parameters).encode(item.bytes)
      try #require(PlainSzip.bits(payload) == expected.bits, "\(item)")
      try #require(offsets == expected.offsets, "\(item)")
      try #require(plain.decode(expected.bits, count: item.samples.count) == item.samples, "\(item)")
    }
  }

  /// Each sample differs from the one before by every error that there is.
  @Test(arguments: [SzipFlags.preprocess, [.preprocess, .signed]])
  func everyErrorFromEverySampleComesBack(flags: SzipFlags) throws {
    let parameters = try SzipParameters(bitsPerSample: 6, blockSize: 16, interval: 3, flags: flags)
    let samples = parameters.sampleRange.flatMap { first in parameters.sampleRange.flatMap { [first, $0] } }
    let bytes = PlainSzip(parameters: parameters).bytes(samples)
    let payload = try SzipEncoder(parameters).encode(bytes).payload
    #expect(try SzipDecoder(parameters).decode(payload, count: samples.count).samples == bytes)
  }

  @Test(arguments: [2, 6, 10, 24, 66, 130, 1000])
  func takesAnyEvenBlockSizeWithItsFlag(blockSize: Int) throws {
    for (width, data) in zip([7, 16, 24, 32, 12, 3], SzipCase.Data.allCases) {
      let parameters = try SzipParameters(
        bitsPerSample: width, blockSize: blockSize, interval: 3, flags: [.anyBlockSize, .preprocess])
      let item = SzipCase(parameters, data, count: 2011, seed: UInt64(blockSize))
      let payload = try SzipEncoder(parameters).encode(item.bytes).payload
      try #require(try payload == LibAEC.encode(item.bytes, parameters), "\(item)")
      try #require(try SzipDecoder(parameters).decode(payload, count: item.samples.count).samples == item.bytes)
    }
  }

  /// libaec reads intervals that start at a byte, but does not write them.
  @Test func padsIntervals() throws {
    for (width, data) in zip([5, 11, 16, 24, 32, 2], SzipCase.Data.allCases) {
      let parameters = try SzipParameters(
        bitsPerSample: width, blockSize: 8, interval: 5, flags: [.preprocess, .paddedIntervals])
      let item = SzipCase(parameters, data, count: 999, seed: 1)
      let (payload, offsets) = try SzipEncoder(parameters).encode(item.bytes)
      #expect(offsets.allSatisfy { $0 % 8 == 0 })
      #expect(try LibAEC.decode(payload, parameters, count: item.bytes.count) == item.bytes, "\(item)")
      #expect(try SzipDecoder(parameters).decode(payload, count: item.samples.count).samples == item.bytes, "\(item)")
      #expect(PlainSzip(parameters: parameters).encode(item.samples).offsets == offsets)
    }
  }

  /// Runs of zero blocks of every length up to more than a segment, at every place of a segment's end.
  @Test func runsOfZeroBlocksOfEveryLength() throws {
    let parameters = try SzipParameters(bitsPerSample: 8, blockSize: 8, interval: 130, flags: [])
    for length in 0...70 {
      for before in [0, 1, 59, 60, 63, 64, 65] {
        let blocks = before + length
        var samples = [UInt8](repeating: 7, count: before * 8) + [UInt8](repeating: 0, count: length * 8)
        if blocks % 3 == 0 { samples += [9] }
        if samples.isEmpty { continue }
        let payload = try SzipEncoder(parameters).encode(samples).payload
        try #require(try payload == LibAEC.encode(samples, parameters), "\(length) after \(before)")
        try #require(try SzipDecoder(parameters).decode(payload, count: samples.count).samples == samples)
      }
    }
  }

  /// Where options take the same number of bits, the choice depends on blocks before.
  @Test func breaksTiesAsLibAECDoes() throws {
    var generator = SeededGenerator(seed: 7)
    for round in 0..<300 {
      let parameters = try SzipParameters(
        bitsPerSample: 8 + round % 9, blockSize: 8, interval: 1 + round % 7, flags: round % 2 == 0 ? [] : .preprocess)
      let largest = 1 << Int.random(in: 0...6, using: &generator)
      let samples = (0..<400).map { _ in Int.random(in: 0...largest, using: &generator) }
      let bytes = PlainSzip(parameters: parameters).bytes(samples)
      let payload = try SzipEncoder(parameters).encode(bytes).payload
      try #require(try payload == LibAEC.encode(bytes, parameters), "round \(round)")
    }
  }

  @Test func noSamplesAreNoBytes() throws {
    let parameters = try SzipParameters(bitsPerSample: 16, blockSize: 16, interval: 128, flags: .preprocess)
    let (payload, offsets) = try SzipEncoder(parameters).encode([])
    #expect(payload.isEmpty && offsets.isEmpty)
    #expect(try SzipDecoder(parameters).decode([], count: 0).samples.isEmpty)
  }

  @Test(
    arguments: [
      (12, [], [0x1000]), (12, .preprocess, [5, 0xF000]), (12, [.signed, .preprocess], [-1, -2049]),
      (12, [.signed, .preprocess], [2048]), (20, .preprocess, [1 << 20]), (1, [], [0, 1, 2]),
    ] as [(Int, SzipFlags, [Int])])
  func refusesSamplesOutOfRange(width: Int, flags: SzipFlags, samples: [Int]) throws {
    let parameters = try SzipParameters(bitsPerSample: width, blockSize: 8, interval: 2, flags: flags)
    let error = #expect(throws: TensogramError.self) {
      try SzipEncoder(parameters).encode(PlainSzip(parameters: parameters).bytes(samples))
    }
    #expect(error?.text.contains("sample \(samples.count - 1) is ") == true)
  }
}
