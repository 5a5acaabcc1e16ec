import Glibc
import Testing

@testable import Tensogram

@Suite struct SZ3Tests {
  @Test(arguments: SZ3Sample.allCases, [(SZ3ErrorBound.Mode.abs, 0.01), (.rel, 1e-6)])
  func decodesWithinTheBound(sample: SZ3Sample, bound: (mode: SZ3ErrorBound.Mode, value: Double)) throws {
    for count in [1, 2, 15, 16, 17, 34, 257, 1000, 4097] {
      let values = sample.values(count)
      try expectWithin(values, bound.mode, bound.value)
      let singles = values.map { Float($0) }
      if singles.allSatisfy(\.isFinite) { try expectWithin(singles, bound.mode, bound.value) }
    }
  }

  @Test func decodesArraysOfManyTilesWithinTheBound() throws {
    try expectWithin(SZ3Sample.walk.values(200_001), .abs, 0.01)
    try expectWithin(SZ3Sample.parabolas.values(131_073).map { Float($0) }, .rel, 1e-4)
  }

  private func expectWithin<Element: SZ3Element>(
    _ values: [Element], _ mode: SZ3ErrorBound.Mode, _ bound: Double
  ) throws {
    let payload = try SZ3.encode(values, mode, bound)
    let decoded: [Element] = try SZ3.decode(payload, count: values.count)
    let range = try #require(values.max()).widened - #require(values.min()).widened
    let absolute = mode == .rel ? bound * range : bound
    let error = zip(values, decoded).map { abs($0.widened - $1.widened) }.max() ?? 0
    // A range that overflows has no bound to keep; such arrays are kept as they are.
    #expect(error <= (absolute.isFinite ? absolute : 0), "\(values.count) elements, \(mode) \(bound)")
    #expect(payload.count <= values.count * Element.width + 200)
  }

  @Test(arguments: SZ3Sample.allCases)
  func reachesTheSignalToNoiseRatio(sample: SZ3Sample) throws {
    for count in [1, 2, 17, 100, 1000] {
      for target in [20.0, 60, 110] {
        let values = sample.values(count)
        let decoded: [Double] = try SZ3.decode(SZ3.encode(values, .psnr, target), count: count)
        let range = (values.max() ?? 0) - (values.min() ?? 0)
        let squares = zip(values, decoded).map { $0 == $1 ? 0 : (($0 - $1) / range) * (($0 - $1) / range) }
        let noise = squares.reduce(0, +) / Double(count)
        #expect(noise == 0 || -10 * log10(noise) >= target, "\(count) elements, \(target) dB")
      }
    }
  }

  @Test func keepsBitsWhereNoLossIsAllowed() throws {
    // The range of these overflows, or is 0, so that a relative bound says nothing.
    for sample in [SZ3Sample.huge, .zeros, .constant] {
      for mode in [SZ3ErrorBound.Mode.rel, .psnr] {
        let values = sample.values(1000)
        let decoded: [Double] = try SZ3.decode(SZ3.encode(values, mode, 10), count: 1000)
        #expect(decoded.map(\.bitPattern) == values.map(\.bitPattern))
      }
    }
  }

  @Test func compressesWhatIsSmooth() throws {
    #expect(try SZ3.encode(SZ3Sample.constant.values(100_000)).count < 400)
    #expect(try SZ3.encode(SZ3Sample.parabolas.values(100_000)).count < 100_000)
    #expect(try SZ3.encode(SZ3Sample.steps.values(100_000)).count < 100_000)
  }

  @Test func anEmptyArrayHasAnEmptyPayload() throws {
    #expect(try SZ3.encode([Double]()).isEmpty)
    #expect(try SZ3.decode([], count: 0, as: Double.self).isEmpty)
    #expect(throws: TensogramError.self) { try SZ3.decode([1], count: 0, as: Double.self) }
    #expect(throws: TensogramError.self) { try SZ3.decode([], count: 1, as: Double.self) }
  }

  @Test(arguments: [Double.nan, .infinity, -.infinity])
  func refusesWhatIsNotFinite(value: Double) throws {
    var values = SZ3Sample.noise.values(100)
    values[70] = value
    let error = #expect(throws: TensogramError.self) { try SZ3.encode(values) }
    #expect(error?.kind == .encoding)
    #expect(error?.text.contains("at element 70") == true)
  }

  @Test func readsAndWritesAtAnyAlignment() throws {
    let values = SZ3Sample.walk.values(5000)
    let payload = try SZ3.encode(values)
    let aligned: [Double] = try SZ3.decode(payload, count: 5000)
    let stage = try SZ3(SZ3ErrorBound(.abs, 0.01), dtype: .float64)
    for shift in [1, 3, 7] {
      var input = try ScratchBuffer(byteCount: shift + 40_000)
      var inputBytes = input.mutableBytes
      inputBytes.copy(values.span.bytes, at: shift)
      var output = try ScratchBuffer(byteCount: stage.maximumEncodedSize(40_000))
      let size = try output.withOutput { (output) throws(TensogramError) in
        _ = try stage.encode(input.bytes.extracting(droppingFirst: shift), into: &output, workers: Workers())
      }
      #expect(output.array(size) == payload)

      var decoded = try ScratchBuffer(byteCount: shift + 40_000)
      try SZ3.fill(&decoded) { (bytes) throws(TensogramError) in
        var part = bytes._mutatingExtracting(shift..<shift + 40_000)
        try stage.decode(payload.span.bytes, into: &part, workers: Workers())
      }
      for index in 0..<5000 {
        let value: Double = decoded.bytes.extracting(droppingFirst: shift).element(index)
        #expect(value == aligned[index])
      }
    }
  }

  @Test func tellsTheDecodedSizeFromHeaderAndConfig() throws {
    let stage = try SZ3(SZ3ErrorBound(.abs, 0.01), dtype: .float64)
    for count in [1, 100, 5000] {
      let payload = try SZ3.encode(SZ3Sample.walk.values(count))
      let window = PayloadWindow(MemorySource(copying: payload), 0..<payload.count)
      #expect(try stage.decodedSize(of: window) == count * 8)
    }
    #expect(try stage.decodedSize(of: PayloadWindow(MemorySource(copying: []), 0..<0)) == 0)
  }

  @Test func refusesStreamsOfAnotherTypeOrCount() throws {
    let payload = try SZ3.encode(SZ3Sample.walk.values(100))
    #expect(error(payload, count: 99, as: Double.self).contains("stream of 100 elements, the descriptor claims 99"))
    // What the published package makes of 200 float32 elements.
    #expect(error(payload, count: 200, as: Float.self).contains("took the bytes of float32 elements for float64"))
    let singles = try SZ3.encode(SZ3Sample.walk.values(100).map { Float($0) })
    #expect(error(singles, count: 100, as: Double.self).contains("data type 0, must be 1 for float64"))
  }

  private func error<Element: SZ3Element>(_ payload: [UInt8], count: Int, as type: Element.Type) -> String {
    let error = #expect(throws: TensogramError.self) { try SZ3.decode(payload, count: count, as: Element.self) }
    #expect(error?.kind == .compression)
    return error?.text ?? ""
  }
}

@Suite struct SZ3ParameterTests {
  private func stage(_ mode: CBORValue?, _ bound: CBORValue?, _ dtype: DType = .float64) throws -> SZ3 {
    var map = CBORMap()
    map["sz3_error_bound_mode"] = mode
    map["sz3_error_bound"] = bound
    return try SZ3(StageParameters(map), dtype: dtype)
  }

  @Test(arguments: [("abs", SZ3ErrorBound.Mode.abs), ("rel", .rel), ("psnr", .psnr)])
  func readsModeAndBound(name: String, mode: SZ3ErrorBound.Mode) throws {
    #expect(try stage(.text(name), .float(0.5)).errorBound == SZ3ErrorBound(mode, 0.5))
    #expect(try stage(.text(name), .unsigned(2), .float32).errorBound == SZ3ErrorBound(mode, 2))
  }

  @Test(
    arguments: [
      (nil, .float(1), "sz3_error_bound_mode"), (.text("abs"), nil, "sz3_error_bound"),
      (.text("pw_rel"), .float(1), "'pw_rel'"), (.unsigned(1), .float(1), "expected text for sz3_error_bound_mode"),
      (.text("abs"), .text("1"), "expected number for sz3_error_bound"), (.text("abs"), .float(0), "above 0, got 0.0"),
      (.text("abs"), .float(-1), "got -1.0"), (.text("rel"), .float(.infinity), "got inf"),
      (.text("psnr"), .float(.nan), "got nan"),
    ] as [(CBORValue?, CBORValue?, String)])
  func refusesWhatIsMissingOrWrong(mode: CBORValue?, bound: CBORValue?, part: String) {
    let error = #expect(throws: TensogramError.self) { try stage(mode, bound) }
    #expect(error?.text.contains(part) == true, "\(error?.text ?? "")")
  }

  @Test(arguments: DType.allCases.filter { $0 != .float64 && $0 != .float32 })
  func takesFloatsOnly(dtype: DType) {
    #expect(throws: TensogramError.self) { try stage(.text("abs"), .float(1), dtype) }
  }
}
