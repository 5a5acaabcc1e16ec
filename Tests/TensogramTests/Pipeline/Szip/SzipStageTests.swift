import Testing

@testable import Tensogram

@Suite struct SzipStageTests {
  // MARK: Parameters

  @Test func parametersHaveDefaults() throws {
    let parameters = try Szip().parameters
    #expect(parameters.interval == 128 && parameters.blockSize == 16 && parameters.flags == .preprocess)
  }

  @Test func flagsFollowFromTheSamples() throws {
    #expect(try Szip(bits: 16, isPacked: true).parameters.flags == [.preprocess, .mostSignificantFirst])
    #expect(
      try Szip(bits: 24, isPacked: true).parameters.flags == [.preprocess, .mostSignificantFirst, .threeBytes])
    #expect(try Szip(bits: 32).parameters.flags == .preprocess)
    #expect(try Szip(bits: 16, isPacked: true).declaredFlags == 8)
  }

  @Test func encodingCompletesTheDescriptor() throws {
    let stage = try Szip(["rsi": .unsigned(2), "block_size": .unsigned(8), "flags": .unsigned(12)])
    let parameters = try stage.encode(smoothSamples(50)).parameters
    #expect(Set(parameters.keys) == ["szip_rsi", "szip_block_size", "szip_flags", "szip_block_offsets"])
    #expect(parameters["szip_rsi"]?.int == 2 && parameters["szip_block_size"]?.int == 8)
    #expect(parameters["szip_flags"]?.int == 12)
    #expect(parameters["szip_block_offsets"]?.array?.count == 4)
  }

  @Test func parametersTakeNoMoreRoomThanAnnounced() throws {
    let stage = try Szip(["rsi": .unsigned(1), "block_size": .unsigned(8)])
    let input = smoothSamples(50_000)
    let entries = try stage.encode(input).parameters.map { CBORMap.Entry(key: .text($0.key), value: $0.value) }
    let size = try CBORWriter.encode(.map(CBORMap(entries: entries))).count
    #expect(size <= stage.maximumParameterSize(input.count))
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
    let error = #expect(throws: TensogramError.self) { try Szip(entries) }
    #expect(error?.text.contains(key) == true, "\(error?.text ?? "")")
  }

  @Test(arguments: [0, 33, 64])
  func refusesSamplesOfOtherWidths(bits: Int) {
    let error = #expect(throws: TensogramError.self) { try Szip(bits: bits) }
    #expect(error?.text.contains("1 to 32 bits, not \(bits)") == true)
  }

  @Test(arguments: [(1, 8), (12, 16), (17, 24), (31, 32)])
  func refusesToWritePackedSamplesThatAreNotWholeBytes(bits: Int, next: Int) throws {
    let stage = try Szip(bits: bits, isPacked: true)
    let error = #expect(throws: TensogramError.self) { try stage.encode([UInt8](repeating: 0, count: 96)) }
    #expect(error?.kind == .encoding)
    #expect(error?.text.contains("the next that works is \(next)") == true)
  }

  // MARK: Whole payloads

  @Test(arguments: [1, 2, 7])
  func workersMakeNoDifference(workers: Int) throws {
    let input = smoothSamples(70_000)
    let stage = try Szip(["rsi": .unsigned(3)])
    let (payload, offsets) = try stage.encodeWithOffsets(input, workers: workers)
    #expect(try payload == LibAEC.encode(input, stage.parameters))
    #expect(try stage.decode(payload, count: input.count, workers: workers) == input)
    let reader = try Szip(["rsi": .unsigned(3)], offsets: offsets)
    #expect(try reader.decode(payload, count: input.count, workers: workers) == input)
  }

  /// Offsets are an index to the stream; where they are wrong, the stream is still right.
  @Test(arguments: [1, 2])
  func offsetsThatDoNotFitDoNoHarmToTheWhole(workers: Int) throws {
    let input = smoothSamples(40_000)
    let (payload, offsets) = try Szip(["rsi": .unsigned(40)]).encodeWithOffsets(input)
    let shifted = offsets.map { $0 == 0 ? 0 : $0 + 1 }
    let beyond = offsets.indices.map { $0 < offsets.count / 2 ? offsets[$0] : Int.max - offsets.count + $0 }
    for wrong in [shifted, beyond, [0], [], [0, Int.max], Array(offsets.dropLast())] {
      let reader = try Szip(["rsi": .unsigned(40)], offsets: wrong)
      #expect(try reader.decode(payload, count: input.count, workers: workers) == input)
    }
  }

  @Test(arguments: [1, 2])
  func thePayloadHoldsNeitherMoreNorLess(workers: Int) throws {
    let input = smoothSamples(40_000)
    let (payload, offsets) = try Szip().encodeWithOffsets(input)
    let reader = try Szip(offsets: offsets)
    for wrong in [payload + [0], payload + payload, Array(payload.dropLast()), [], Array(payload[..<100])] {
      let error = #expect(throws: TensogramError.self) {
        try reader.decode(wrong, count: input.count, workers: workers)
      }
      #expect(error?.kind == .compression)
    }
    #expect(throws: TensogramError.self) { try reader.decode(payload, count: input.count - 100) }
    #expect(throws: TensogramError.self) { try reader.decode(payload, count: input.count - 1) }
  }

  @Test func noSamples() throws {
    let (payload, parameters) = try Szip().encode([])
    #expect(payload.isEmpty && parameters["szip_block_offsets"]?.array?.isEmpty == true)
    let reader = try Szip(offsets: [])
    #expect(try reader.decode([], count: 0).isEmpty)
    // What libaec makes of no samples.
    #expect(try reader.decode([0], count: 0).isEmpty)
    #expect(try reader.decode(0..<0, of: 0, from: MemorySource(copying: [])).isEmpty)
  }
}
