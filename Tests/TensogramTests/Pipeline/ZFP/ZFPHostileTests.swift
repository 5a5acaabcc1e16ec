import Testing

@testable import Tensogram

/// The library reads on as long as blocks are missing, so the stage must know where its input ends.
@Suite struct ZFPHostileTests {
  static let stages = ZFPTests.modes.flatMap { [ZFP($0, .float64), ZFP($0, .float32)] }

  static func values(_ stage: ZFP, _ count: Int) -> [UInt8] {
    stage.element == .float64 ? ZFPTests.float64(count) : ZFPTests.float32(count)
  }

  @Test(arguments: stages.indices)
  func everyPrefixIsAnError(index: Int) throws {
    let stage = Self.stages[index]
    let values = Self.values(stage, 103)
    let stream = try stage.encoded(values, workers: Workers())
    for length in 0..<stream.count {
      let error = #expect(throws: TensogramError.self) {
        try stage.decoded(Array(stream[..<length]), size: values.count, workers: Workers())
      }
      #expect(error?.kind == .compression)
    }
  }

  @Test(arguments: stages.indices)
  func bytesLeftOverAreAnError(index: Int) throws {
    let stage = Self.stages[index]
    let values = Self.values(stage, 103)
    let stream = try stage.encoded(values, workers: Workers())
    for surplus in [1, 8, 64, 100_000] {
      let longer = stream + [UInt8](repeating: 0, count: surplus)
      #expect(throws: TensogramError.self) { try stage.decoded(longer, size: values.count, workers: Workers()) }
    }
  }

  @Test(arguments: stages.indices)
  func moreOrFewerValuesAreAnError(index: Int) throws {
    let stage = Self.stages[index]
    let values = Self.values(stage, 400)
    let stream = try stage.encoded(values, workers: Workers())
    for count in [0, 100, 2000, 1_000_000] {
      let error = #expect(throws: TensogramError.self) {
        try stage.decoded(stream, size: count * stage.element.width, workers: Workers())
      }
      #expect(error?.kind == .compression)
    }
    #expect(throws: TensogramError.self) { try stage.decoded(stream, size: values.count - 1, workers: Workers()) }
  }

  @Test(arguments: stages.indices)
  func damageIsAnErrorOrOtherValues(index: Int) throws {
    let stage = Self.stages[index]
    let values = Self.values(stage, 103)
    let stream = try stage.encoded(values, workers: Workers())
    var generator = SeededGenerator(seed: UInt64(index))
    for _ in 0..<200 {
      let damaged = damaged(stream, using: &generator)
      _ = try? stage.decoded(damaged, size: values.count, workers: Workers())
      _ = try? stage.decoded(8..<80, of: values.count, from: MemorySource(copying: damaged))
    }
  }

  @Test(arguments: stages.indices)
  func onesEverywhere(index: Int) throws {
    let stage = Self.stages[index]
    for size in [0, 8, 16, 80, 800, 8000] {
      let ones = [UInt8](repeating: 0xFF, count: size)
      for count in [1, 4, 5, 100, 1000] {
        _ = try? stage.decoded(ones, size: count * stage.element.width, workers: Workers())
      }
    }
  }

  // MARK: Claims

  @Test(arguments: stages.indices)
  func noStreamDecodesToMoreThanItsBitsAllow(index: Int) throws {
    let stage = Self.stages[index]
    for count in [1, 1000, 50_000] {
      let zeros = [UInt8](repeating: 0, count: count * stage.element.width)
      let stream = try stage.encoded(zeros, workers: Workers())
      #expect(try #require(try stage.maximumDecodedSize(stream.count)) >= zeros.count)
    }
    #expect(try stage.maximumDecodedSize(.max) == nil || stage.isFixedRate)
  }

  @Test func aClaimThatThePayloadCannotHoldIsRefusedBeforeAnythingIsAllocated() throws {
    for mode in ["fixed_rate": "zfp_rate", "fixed_precision": "zfp_precision", "fixed_accuracy": "zfp_tolerance"] {
      var descriptor = DataObjectDescriptor(shape: try Shape([1 << 50]), dtype: .float64)
      descriptor.compression = "zfp"
      descriptor.parameters["zfp_mode"] = .text(mode.key)
      descriptor.parameters[mode.value] = .unsigned(16)
      let pipeline = try Pipeline(descriptor)
      let payload = PayloadWindow(MemorySource(copying: [UInt8](repeating: 0, count: 64)), 0..<64)
      let error = #expect(throws: TensogramError.self) { try pipeline.checkClaim(payload) }
      #expect(error?.text.contains("a payload of 64 bytes holds at most") == true)
    }
  }
}
