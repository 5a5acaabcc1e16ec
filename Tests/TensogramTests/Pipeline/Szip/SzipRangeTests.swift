import Testing

@testable import Tensogram

@Suite struct SzipRangeTests {
  @Test func rangesNeedOffsets() throws {
    let reader = try Szip()
    #expect(!reader.capabilities.decodesRanges)
    let error = #expect(throws: TensogramError.self) {
      try reader.decode(0..<2, of: 100, from: MemorySource(copying: [0]))
    }
    #expect(error?.kind == .rangeNotSupported)
  }

  @Test(arguments: [1, 2], [8, 16, 24, 32])
  func rangesAreSlicesOfTheWhole(workers: Int, bits: Int) throws {
    let width = bits / 8
    let input = Array(smoothSamples(80_000).prefix(40_000 * width))
    let (payload, offsets) = try Szip(["rsi": .unsigned(5)], bits: bits).encodeWithOffsets(input)
    let reader = try Szip(["rsi": .unsigned(5)], offsets: offsets, bits: bits)
    #expect(reader.capabilities.decodesRanges)
    let source = MemorySource(copying: payload)
    var generator = SeededGenerator(seed: UInt64(bits))
    for round in 0..<30 {
      var first = Int.random(in: 0...input.count, using: &generator)
      var end = min(first + Int.random(in: 0...[3, 1000, input.count][round % 3], using: &generator), input.count)
      if round % 2 == 0 {
        first = first / width * width
        end = max(end / width * width, first)
      }
      let part = try reader.decode(first..<end, of: input.count, from: source, workers: workers)
      try #require(part == Array(input[first..<end]), "\(first)..<\(end)")
    }
  }

  @Test func aRangeReadsItsIntervalsOnly() throws {
    let input = smoothSamples(50_000)
    let (payload, offsets) = try Szip().encodeWithOffsets(input)
    let source = CountingSource(payload)
    let reader = try Szip(offsets: offsets)
    // 2048 samples make an interval.
    #expect(try reader.decode(8300..<8400, of: input.count, from: source) == Array(input[8300..<8400]))
    // A little before and a block after tell whether the offsets are sure.
    #expect(source.bytesRead <= (offsets[3] - offsets[2]) / 8 + 2 + 16 + 34)
  }

  // MARK: Offsets of libaec 1.1

  /// Blocks of one value and of others, several at a time.
  private func patchyCase(_ bits: Int, _ flags: SzipFlags, interval: Int, seed: UInt64) throws -> SzipCase {
    let parameters = try SzipParameters(bitsPerSample: bits, blockSize: 8, interval: interval, flags: flags)
    var item = SzipCase(parameters, .random, count: 8 * 600 + 3, seed: seed)
    var generator = SeededGenerator(seed: seed)
    var isConstant = false
    for start in stride(from: 0, to: item.samples.count, by: 8) {
      if Int.random(in: 0..<3, using: &generator) == 0 { isConstant.toggle() }
      guard isConstant else { continue }
      let value = parameters.usesReferences && start > 0 ? item.samples[start - 1] : 0
      for index in start..<min(start + 8, item.samples.count) { item.samples[index] = value }
    }
    return item
  }

  /// Where the last block of an interval follows a run of zero blocks, its start stands for the next interval's.
  private func offsetsOfLibAEC11(_ item: SzipCase, _ payload: [UInt8], _ offsets: [Int]) throws -> [Int] {
    let size = item.parameters.samplesPerInterval
    let decoder = SzipDecoder(item.parameters)
    return try offsets.indices.map { interval in
      if interval == 0 { return 0 }
      let first = (interval - 1) * size
      let blocks = stride(from: first, to: first + size, by: 8).map { start in
        let before = item.parameters.usesReferences ? item.samples[max(start - 1, first)] : 0
        return item.samples[start..<start + 8].allSatisfy { $0 == before }
      }
      guard blocks.count > 1, !blocks[blocks.count - 1], blocks[blocks.count - 2] else { return offsets[interval] }
      return try decoder.decode(payload, at: offsets[interval - 1], count: size - 8).end
    }
  }

  @Test(
    arguments: [
      (8, .preprocess, 2), (16, .preprocess, 3), (16, .preprocess, 70), (24, [.preprocess, .threeBytes], 4),
      (32, [.preprocess, .signed], 2), (16, [], 5), (32, [], 2), (8, .preprocess, 1),
    ] as [(Int, SzipFlags, Int)], [1, 2])
  func offsetsOneBlockEarlyDoNoHarm(_ stream: (bits: Int, flags: SzipFlags, interval: Int), workers: Int) throws {
    let item = try patchyCase(stream.bits, stream.flags, interval: stream.interval, seed: 11)
    let input = item.bytes
    let (payload, exact) = try SzipEncoder(item.parameters).encode(input)
    let early = try offsetsOfLibAEC11(item, payload, exact)
    #expect((early != exact) == (stream.interval > 1))
    let source = MemorySource(copying: payload)
    let size = item.parameters.samplesPerInterval * item.parameters.bytesPerSample
    for offsets in [early, exact] {
      let reader = try Szip(
        [
          "rsi": .unsigned(UInt64(stream.interval)), "block_size": .unsigned(8),
          "flags": .unsigned(UInt64(stream.flags.rawValue)),
        ], offsets: offsets, bits: stream.bits)
      #expect(try reader.decode(payload, count: input.count, workers: workers) == input)
      for interval in stride(from: 0, to: offsets.count, by: 1 + offsets.count / 60) {
        let range = interval * size..<min((interval + 1) * size, input.count)
        let part = try reader.decode(range, of: input.count, from: source, workers: workers)
        try #require(part == Array(input[range]), "interval \(interval)")
      }
    }
  }

  // MARK: Damage

  @Test func rangesByWrongOffsetsAreErrorsOrWrongButSafe() throws {
    let input = smoothSamples(20_000)
    let (payload, offsets) = try Szip().encodeWithOffsets(input)
    let source = MemorySource(copying: payload)
    let size = payload.count * 8
    for wrong in [[0], [0, 5], offsets.dropLast() + [size + 1], offsets.dropLast() + [Int.max], offsets + [size]] {
      let reader = try Szip(offsets: Array(wrong))
      let error = #expect(throws: TensogramError.self) {
        try reader.decode(input.count - 100..<input.count, of: input.count, from: source)
      }
      #expect(error?.kind == .metadata && error?.text.contains("szip_block_offsets") == true)
    }
    var generator = SeededGenerator(seed: 2)
    for round in 0..<300 {
      let wrong = [0] + Set(offsets.dropFirst().map { _ in Int.random(in: 1...size + 9, using: &generator) }).sorted()
      let reader = try Szip(offsets: wrong)
      let first = Int.random(in: 0..<input.count - 5000, using: &generator)
      _ = try? reader.decode(first..<first + 5000, of: input.count, from: source, workers: 1 + round % 2)
    }
  }

  @Test func rangesOfClaimsThatNoMemoryHoldsAreErrors() throws {
    let reader = try Szip(
      ["rsi": .unsigned(4096), "block_size": .unsigned(1 << 16), "flags": .unsigned(72)], offsets: [0])
    let source = MemorySource(copying: [1, 2, 3])
    #expect(throws: TensogramError.self) { try reader.decode(0..<100, of: 1 << 60, from: source) }
    #expect(throws: TensogramError.self) {
      try reader.decode((1 << 29) - 100..<1 << 29, of: 1 << 29, from: source)
    }
    #expect(throws: TensogramError.self) { try Szip().maximumEncodedSize(.max) }
  }
}
