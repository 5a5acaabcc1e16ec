import Testing

@testable import Tensogram

@Suite struct SzipStageTests {
  private func stage(
    _ entries: KeyValuePairs<String, CBORValue> = [:], offsets: [Int]? = nil, bits: Int = 16, isPacked: Bool = false
  ) throws(TensogramError) -> Szip {
    var map = CBORMap()
    for (key, value) in entries { map["szip_" + key] = value }
    if let offsets { map["szip_block_offsets"] = .array(offsets.map { CBORValue($0) }) }
    return try Szip(StageParameters(map), bitsPerSample: bits, isPacked: isPacked)
  }

  private func encode(
    _ input: [UInt8], with stage: Szip, workers: Int = 1
  ) throws -> (payload: [UInt8], parameters: [String: CBORValue]) {
    let room = try stage.maximumEncodedSize(input.count)
    var parameters: [(key: String, value: CBORValue)] = []
    let payload = try [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
      var output = OutputRawSpan(buffer: UnsafeMutableRawBufferPointer(buffer), initializedCount: 0)
      parameters = try stage.encode(input.span.bytes, into: &output, workers: Workers(workers))
      count = output.finalize(for: UnsafeMutableRawBufferPointer(buffer))
    }
    return (payload, Dictionary(uniqueKeysWithValues: parameters.map { ($0.key, $0.value) }))
  }

  private func decode(
    _ payload: [UInt8], with stage: Szip, count: Int, workers: Int = 1
  ) throws(TensogramError) -> [UInt8] {
    var output = [UInt8](repeating: 0xA5, count: count)
    var span = output.mutableSpan
    var bytes = span.mutableBytes
    try stage.decode(payload.span.bytes, into: &bytes, workers: Workers(workers))
    return output
  }

  private func decode(
    _ range: Range<Int>, of decodedSize: Int, from source: any ByteSource, with stage: Szip, workers: Int = 1
  ) throws(TensogramError) -> [UInt8] {
    var output = [UInt8](repeating: 0xA5, count: range.count)
    var span = output.mutableSpan
    var bytes = span.mutableBytes
    let payload = try PayloadWindow(source, 0..<source.count())
    try stage.decode(range, of: decodedSize, from: payload, into: &bytes, workers: Workers(workers))
    return output
  }

  private func smoothBytes(_ count: Int) -> [UInt8] {
    (0..<count).flatMap { index -> [UInt8] in
      let value = UInt16(20_000 + (index * index / 50) % 997)
      return [UInt8(truncatingIfNeeded: value), UInt8(value >> 8)]
    }
  }

  // MARK: Parameters

  @Test func parametersHaveDefaults() throws {
    let parameters = try stage().parameters
    #expect(parameters.interval == 128 && parameters.blockSize == 16 && parameters.flags == .preprocess)
  }

  @Test func flagsFollowFromTheSamples() throws {
    #expect(try stage(bits: 16, isPacked: true).parameters.flags == [.preprocess, .mostSignificantFirst])
    #expect(
      try stage(bits: 24, isPacked: true).parameters.flags == [.preprocess, .mostSignificantFirst, .threeBytes])
    #expect(try stage(bits: 32).parameters.flags == .preprocess)
    #expect(try stage(bits: 16, isPacked: true).declaredFlags == 8)
  }

  @Test func encodingCompletesTheDescriptor() throws {
    let stage = try stage(["rsi": .unsigned(2), "block_size": .unsigned(8), "flags": .unsigned(12)])
    let parameters = try encode(smoothBytes(50), with: stage).parameters
    #expect(Set(parameters.keys) == ["szip_rsi", "szip_block_size", "szip_flags", "szip_block_offsets"])
    #expect(parameters["szip_rsi"]?.int == 2 && parameters["szip_block_size"]?.int == 8)
    #expect(parameters["szip_flags"]?.int == 12)
    #expect(parameters["szip_block_offsets"]?.array?.count == 4)
  }

  @Test(
    arguments: [
      (["rsi": .unsigned(0)], "szip_rsi"), (["rsi": .unsigned(4097)], "szip_rsi"), (["rsi": .text("1")], "szip_rsi"),
      (["rsi": .unsigned(.max)], "szip_rsi"), (["block_size": .unsigned(10)], "szip_block_size"),
      (["block_size": .unsigned(0)], "szip_block_size"),
      (["block_size": .unsigned(9), "flags": .unsigned(72)], "szip_block_size"),
      (["block_size": .unsigned(1 << 40), "flags": .unsigned(72)], "szip_block_size"),
      (["block_size": .float(8)], "szip_block_size"), (["flags": .negative(0)], "szip_flags"),
      (["flags": .unsigned(24)], "szip_flags"), (["block_offsets": .unsigned(0)], "szip_block_offsets"),
      (["block_offsets": .array([.unsigned(1)])], "szip_block_offsets"),
      (["block_offsets": .array([.unsigned(0), .unsigned(9), .unsigned(9)])], "szip_block_offsets"),
      (["block_offsets": .array([.unsigned(0), .unsigned(.max)])], "szip_block_offsets"),
      (["block_offsets": .array([.unsigned(0), .text("9")])], "szip_block_offsets"),
    ] as [(KeyValuePairs<String, CBORValue>, String)])
  func badParametersAreErrorsThatNameTheKey(entries: KeyValuePairs<String, CBORValue>, key: String) {
    let error = #expect(throws: TensogramError.self) { try stage(entries) }
    #expect(error?.text.contains(key) == true, "\(error?.text ?? "")")
  }

  @Test(arguments: [0, 33, 64])
  func refusesSamplesOfOtherWidths(bits: Int) {
    let error = #expect(throws: TensogramError.self) { try stage(bits: bits) }
    #expect(error?.text.contains("1 to 32 bits, not \(bits)") == true)
  }

  @Test(arguments: [(1, 8), (12, 16), (17, 24), (31, 32)])
  func refusesToWritePackedSamplesThatAreNotWholeBytes(bits: Int, next: Int) throws {
    let stage = try stage(bits: bits, isPacked: true)
    let error = #expect(throws: TensogramError.self) { try encode([UInt8](repeating: 0, count: 96), with: stage) }
    #expect(error?.kind == .encoding)
    #expect(error?.text.contains("the next that works is \(next)") == true)
  }

  // MARK: Whole payloads

  @Test(arguments: [1, 2, 7])
  func workersMakeNoDifference(workers: Int) throws {
    let input = smoothBytes(100_000)
    let parameters: KeyValuePairs<String, CBORValue> = ["rsi": .unsigned(3)]
    let (payload, added) = try encode(input, with: try stage(parameters), workers: workers)
    #expect(try payload == encode(input, with: try stage(parameters)).payload)
    let offsets = try #require(added["szip_block_offsets"]?.array).compactMap(\.int)
    #expect(try decode(payload, with: try stage(parameters), count: input.count, workers: workers) == input)
    let reader = try stage(parameters, offsets: offsets)
    #expect(try decode(payload, with: reader, count: input.count, workers: workers) == input)
  }

  /// Offsets are an index to the stream; where they are wrong, the stream is still right.
  @Test(arguments: [1, 2])
  func offsetsThatDoNotFitDoNoHarmToTheWhole(workers: Int) throws {
    let input = smoothBytes(100_000)
    let (payload, added) = try encode(input, with: try stage(["rsi": .unsigned(4)]))
    let offsets = try #require(added["szip_block_offsets"]?.array).compactMap(\.int)
    let shifted = offsets.map { $0 == 0 ? 0 : $0 + 1 }
    let beyond = offsets.dropLast() + [payload.count * 8 + 1_000_000]
    for wrong in [shifted, Array(beyond), [0], [], [0, Int.max], Array(offsets.dropLast())] {
      let reader = try stage(["rsi": .unsigned(4)], offsets: wrong)
      #expect(try decode(payload, with: reader, count: input.count, workers: workers) == input)
    }
  }

  @Test(arguments: [1, 2])
  func thePayloadHoldsNeitherMoreNorLess(workers: Int) throws {
    let input = smoothBytes(50_000)
    let (payload, added) = try encode(input, with: try stage())
    let reader = try stage(offsets: #require(added["szip_block_offsets"]?.array).compactMap(\.int))
    for wrong in [payload + [0], payload + payload, Array(payload.dropLast()), [], Array(payload[..<100])] {
      let error = #expect(throws: TensogramError.self) {
        try decode(wrong, with: reader, count: input.count, workers: workers)
      }
      #expect(error?.kind == .compression)
    }
    #expect(throws: TensogramError.self) { try decode(payload, with: reader, count: input.count - 100) }
    #expect(throws: TensogramError.self) { try decode(payload, with: reader, count: input.count - 1) }
  }

  @Test func noSamples() throws {
    let (payload, added) = try encode([], with: try stage())
    #expect(payload.isEmpty && added["szip_block_offsets"]?.array?.isEmpty == true)
    let reader = try stage(offsets: [])
    #expect(try decode([], with: reader, count: 0).isEmpty)
    // What libaec makes of no samples.
    #expect(try decode([0], with: reader, count: 0).isEmpty)
    #expect(try decode(0..<0, of: 0, from: MemorySource(copying: []), with: reader).isEmpty)
  }

  // MARK: Ranges

  @Test func rangesNeedOffsets() throws {
    let reader = try stage()
    #expect(!reader.capabilities.decodesRanges)
    let error = #expect(throws: TensogramError.self) {
      try decode(0..<2, of: 100, from: MemorySource(copying: [0]), with: reader)
    }
    #expect(error?.kind == .rangeNotSupported)
  }

  @Test(arguments: [1, 2], [8, 16, 24, 32])
  func rangesAreSlicesOfTheWhole(workers: Int, bits: Int) throws {
    let width = bits / 8
    let input = Array(smoothBytes(60_000).prefix(40_000 * width))
    let parameters: KeyValuePairs<String, CBORValue> = ["rsi": .unsigned(5)]
    let (payload, added) = try encode(input, with: try stage(parameters, bits: bits))
    let reader = try stage(
      parameters, offsets: #require(added["szip_block_offsets"]?.array).compactMap(\.int), bits: bits)
    #expect(reader.capabilities.decodesRanges)
    let source = MemorySource(copying: payload)
    var generator = SeededGenerator(seed: UInt64(bits))
    for round in 0..<60 {
      var first = Int.random(in: 0...input.count, using: &generator)
      var end = min(first + Int.random(in: 0...[3, 1000, input.count][round % 3], using: &generator), input.count)
      if round % 2 == 0 {
        first = first / width * width
        end = max(end / width * width, first)
      }
      let part = try decode(first..<end, of: input.count, from: source, with: reader, workers: workers)
      try #require(part == Array(input[first..<end]), "\(first)..<\(end)")
    }
  }

  @Test func aRangeReadsItsIntervalsOnly() throws {
    let input = smoothBytes(100_000)
    let (payload, added) = try encode(input, with: try stage())
    let offsets = try #require(added["szip_block_offsets"]?.array).compactMap(\.int)
    let source = CountingSource(payload)
    let reader = try stage(offsets: offsets)
    // 2048 samples make an interval.
    #expect(try decode(8300..<8400, of: input.count, from: source, with: reader) == Array(input[8300..<8400]))
    #expect(source.bytesRead == (offsets[3] + 7) / 8 - offsets[2] / 8)
  }

  @Test func rangesByWrongOffsetsAreErrorsOrWrongButSafe() throws {
    let input = smoothBytes(20_000)
    let (payload, added) = try encode(input, with: try stage())
    let offsets = try #require(added["szip_block_offsets"]?.array).compactMap(\.int)
    let source = MemorySource(copying: payload)
    let size = payload.count * 8
    for wrong in [[0], [0, 5], offsets.dropLast() + [size + 1], offsets.dropLast() + [Int.max], offsets + [size]] {
      let reader = try stage(offsets: Array(wrong))
      let error = #expect(throws: TensogramError.self) {
        try decode(input.count - 100..<input.count, of: input.count, from: source, with: reader)
      }
      #expect(error?.kind == .metadata && error?.text.contains("szip_block_offsets") == true)
    }
    var generator = SeededGenerator(seed: 2)
    for _ in 0..<300 {
      let wrong = [0] + Set(offsets.dropFirst().map { _ in Int.random(in: 1...size + 9, using: &generator) }).sorted()
      let reader = try stage(offsets: wrong)
      let first = Int.random(in: 0..<input.count - 5000, using: &generator)
      _ = try? decode(first..<first + 5000, of: input.count, from: source, with: reader)
    }
  }

  @Test func rangesOfClaimsThatNoMemoryHoldsAreErrors() throws {
    let reader = try stage(
      ["rsi": .unsigned(4096), "block_size": .unsigned(1 << 16), "flags": .unsigned(72)], offsets: [0])
    let source = MemorySource(copying: [1, 2, 3])
    #expect(throws: TensogramError.self) { try decode(0..<100, of: 1 << 60, from: source, with: reader) }
    #expect(throws: TensogramError.self) {
      try decode((1 << 29) - 100..<1 << 29, of: 1 << 29, from: source, with: reader)
    }
    #expect(throws: TensogramError.self) { try stage().maximumEncodedSize(.max) }
  }
}
