import Testing

@testable import Tensogram

@Suite struct ZFPTests {
  static let modes: [ZFP.Mode] = [
    .fixedRate(16), .fixedRate(5.3), .fixedRate(0.5), .fixedRate(64), .fixedRate(100), .fixedPrecision(1),
    .fixedPrecision(20), .fixedPrecision(64), .fixedAccuracy(0.01), .fixedAccuracy(1e-300), .fixedAccuracy(1e6),
  ]
  static let lengths = [0, 1, 2, 3, 4, 5, 63, 64, 65, 1003]

  static let field = walk(100_000).map { Double($0) / 8 }

  static func float64(_ count: Int) -> [UInt8] { bytes(of: Array(field[..<count])) }
  static func float32(_ count: Int) -> [UInt8] { bytes(of: field[..<count].map { Float($0) }) }

  static func elements<Element: BitwiseCopyable>(_ bytes: [UInt8], as type: Element.Type) -> [Element] {
    bytes.withUnsafeBytes { raw in
      (0..<raw.count / MemoryLayout<Element>.size).map {
        raw.loadUnaligned(fromByteOffset: $0 * MemoryLayout<Element>.size, as: Element.self)
      }
    }
  }

  // MARK: The published package

  @Test(arguments: [
    ("rate-16", ZFP.Mode.fixedRate(16)), ("rate-5.3", .fixedRate(5.3)), ("rate-0.5", .fixedRate(0.5)),
    ("precision-20", .fixedPrecision(20)), ("precision-64", .fixedPrecision(64)),
    ("accuracy-0.01", .fixedAccuracy(0.01)), ("accuracy-1e6", .fixedAccuracy(1e6)),
  ])
  func streamsAreThePublishedPackages(name: String, mode: ZFP.Mode) throws {
    let stream = try Fixture.bytes("zfp/\(name).stream")
    let values = try Fixture.bytes("zfp/\(name).values")
    let stage = ZFP(mode, .float64)
    #expect(try stage.encoded(Self.float64(203), workers: Workers()) == stream)
    #expect(try stage.decoded(stream, size: values.count, workers: Workers()) == values)
  }

  // MARK: Errors stay in bounds

  @Test(arguments: lengths)
  func accuracyIsTheLargestError(count: Int) throws {
    for tolerance in [1000, 0.5, 1e-3] {
      let mode = ZFP.Mode.fixedAccuracy(tolerance)
      let wide = try Self.there(ZFP(mode, .float64), Self.float64(count), as: Double.self)
      #expect(zip(wide, Self.field).allSatisfy { abs($0 - $1) <= tolerance })
      let narrow = try Self.there(ZFP(mode, .float32), Self.float32(count), as: Float.self)
      #expect(zip(narrow, Self.field).allSatisfy { abs(Double($0) - $1) <= tolerance })
    }
  }

  @Test(arguments: lengths)
  func enoughBitsGiveBackWhatWentIn(count: Int) throws {
    for mode: ZFP.Mode in [.fixedRate(70), .fixedPrecision(64)] {
      let wide = try Self.there(ZFP(mode, .float64), Self.float64(count), as: Double.self)
      #expect(wide == Array(Self.field[..<count]))
      let narrow = try Self.there(ZFP(mode, .float32), Self.float32(count), as: Float.self)
      #expect(narrow == Self.field[..<count].map { Float($0) })
    }
  }

  /// Encoded and decoded again.
  static func there<Element: BitwiseCopyable>(
    _ stage: ZFP, _ values: [UInt8], as type: Element.Type
  ) throws -> [Element] {
    let stream = try stage.encoded(values, workers: Workers())
    return elements(try stage.decoded(stream, size: values.count, workers: Workers()), as: type)
  }

  // MARK: Streams

  @Test(arguments: [(16.0, 64), (5.3, 21), (0.1, 12), (64, 256), (13.375, 54)])
  func atAFixedRateTheSizeIsKnown(rate: Double, bitsPerBlock: Int) throws {
    let stage = ZFP(.fixedRate(rate), .float64)
    for count in Self.lengths {
      let size = ((count + 3) / 4 * bitsPerBlock + 63) / 64 * 8
      #expect(try stage.maximumEncodedSize(8 * count) == size)
      #expect(try stage.encoded(Self.float64(count), workers: Workers()).count == size)
    }
  }

  @Test(arguments: modes)
  func theStreamDoesNotDependOnWorkers(mode: ZFP.Mode) throws {
    for stage in [ZFP(mode, .float64), ZFP(mode, .float32)] {
      let values = stage.element == .float64 ? Self.float64(99_999) : Self.float32(99_999)
      let stream = try stage.encoded(values, workers: Workers())
      #expect(stream.count <= (try stage.maximumEncodedSize(values.count)))
      #expect(try stage.encoded(values, workers: Workers(3)) == stream)
      let decoded = try stage.decoded(stream, size: values.count, workers: Workers())
      #expect(try stage.decoded(stream, size: values.count, workers: Workers(3)) == decoded)
    }
  }

  @Test(arguments: modes)
  func memoryMayStartAnywhere(mode: ZFP.Mode) throws {
    let stage = ZFP(mode, .float64)
    let values = Self.float64(103)
    let stream = try stage.encoded(values, workers: Workers())
    let decoded = try stage.decoded(stream, size: values.count, workers: Workers())
    for shift in [1, 4, 7] {
      let padding = [UInt8](repeating: 0xAA, count: shift)
      let room = try stage.maximumEncodedSize(values.count)
      var written = try ScratchBuffer(byteCount: shift + room)
      let shiftedValues = padding + values
      let size = try written.withOutput { (output) throws(TensogramError) in
        output.append(copying: padding)
        let span = shiftedValues.span.bytes.extracting(shift..<shiftedValues.count)
        _ = try stage.encode(span, into: &output, workers: Workers())
      }
      #expect(written.array(size) == padding + stream)
      var read = try ScratchBuffer(byteCount: shift + values.count)
      var whole = read.mutableBytes
      var place = whole._mutatingExtracting(shift..<shift + values.count)
      try stage.decode(written.bytes.extracting(shift..<size), into: &place, workers: Workers())
      #expect(Array(read.array(shift + values.count)[shift...]) == decoded)
    }
  }

  // MARK: Ranges

  @Test(arguments: [16.0, 5.3, 0.5, 64], [ZFP.Element.float32, .float64])
  func rangesAreSlices(rate: Double, element: ZFP.Element) throws {
    let stage = ZFP(.fixedRate(rate), element)
    let values = element == .float64 ? Self.float64(1003) : Self.float32(1003)
    let stream = try stage.encoded(values, workers: Workers())
    let decoded = try stage.decoded(stream, size: values.count, workers: Workers())
    let memory = MemorySource(copying: stream)
    for start in [0, 1, 2, 3, 4, 500, 999, 1000, 1001, 1002, 1003] {
      for length in [0, 1, 2, 3, 4, 5, 100, 1003] {
        let range = start * element.width..<min(start + length, 1003) * element.width
        #expect(try stage.decoded(range, of: values.count, from: memory) == Array(decoded[range]))
        #expect(try stage.decoded(range, of: values.count, from: CountingSource(stream)) == Array(decoded[range]))
      }
    }
  }

  @Test func aRangeReadsItsBlocksOnly() throws {
    let stage = ZFP(.fixedRate(16), .float64)
    let stream = try stage.encoded(Self.float64(100_000), workers: Workers())
    let source = CountingSource(stream)
    _ = try stage.decoded(8 * 50_000..<8 * 51_000, of: 800_000, from: source)
    #expect(source.bytesRead == 2000)
  }

  @Test func onlyAFixedRateHasRanges() throws {
    for mode in Self.modes {
      let stage = ZFP(mode, .float64)
      let stream = try stage.encoded(Self.float64(100), workers: Workers())
      if stage.capabilities.decodesRanges {
        #expect(try stage.decoded(0..<8, of: 800, from: MemorySource(copying: stream)).count == 8)
      } else {
        let error = #expect(throws: TensogramError.self) {
          try stage.decoded(0..<8, of: 800, from: MemorySource(copying: stream))
        }
        #expect(error?.kind == .rangeNotSupported)
      }
    }
  }

  // MARK: Parameters

  static func stage(_ parameters: [(String, CBORValue)], _ dtype: DType = .float64) throws -> ZFP {
    var map = CBORMap()
    for (key, value) in parameters { map[key] = value }
    return try ZFP(StageParameters(map), dtype: dtype)
  }

  @Test(arguments: [
    ("fixed_rate", "zfp_rate", CBORValue.unsigned(16), ZFP.Mode.fixedRate(16)),
    ("fixed_rate", "zfp_rate", .float(4164.5), .fixedRate(4164.5)),
    ("fixed_precision", "zfp_precision", .unsigned(64), .fixedPrecision(64)),
    ("fixed_accuracy", "zfp_tolerance", .float(.leastNonzeroMagnitude), .fixedAccuracy(.leastNonzeroMagnitude)),
  ])
  func parametersAreTaken(mode: String, key: String, value: CBORValue, expected: ZFP.Mode) throws {
    #expect(try Self.stage([("zfp_mode", .text(mode)), (key, value)]).mode == expected)
    #expect(try Self.stage([("zfp_mode", .text(mode)), (key, value)], .float32).element == .float32)
  }

  @Test(arguments: [
    ("fixed_rate", "zfp_rate", CBORValue.float(0)), ("fixed_rate", "zfp_rate", .negative(0)),
    ("fixed_rate", "zfp_rate", .float(.nan)), ("fixed_rate", "zfp_rate", .float(.infinity)),
    ("fixed_rate", "zfp_rate", .float(4165)), ("fixed_rate", "zfp_rate", .text("16")),
    ("fixed_rate", "zfp_precision", .unsigned(16)), ("fixed_precision", "zfp_precision", .unsigned(0)),
    ("fixed_precision", "zfp_precision", .float(20)),
    ("fixed_precision", "zfp_precision", .unsigned(.max)), ("fixed_accuracy", "zfp_tolerance", .float(0)),
    ("fixed_accuracy", "zfp_tolerance", .float(-1)), ("fixed_accuracy", "zfp_tolerance", .float(.infinity)),
    ("fixed_accuracy", "zfp_tolerance", .float(.nan)),
  ])
  func badParametersAreRefused(mode: String, key: String, value: CBORValue) throws {
    let needed = ["fixed_rate": "zfp_rate", "fixed_precision": "zfp_precision"][mode] ?? "zfp_tolerance"
    let error = #expect(throws: TensogramError.self) { try Self.stage([("zfp_mode", .text(mode)), (key, value)]) }
    #expect(error?.kind == .metadata)
    #expect(error?.text.contains(needed) == true)
  }

  @Test func theModeIsRequiredAndKnown() {
    let missing = #expect(throws: TensogramError.self) { try Self.stage([]) }
    #expect(missing?.text == "missing required parameter: zfp_mode")
    let unknown = #expect(throws: TensogramError.self) { try Self.stage([("zfp_mode", .text("reversible"))]) }
    #expect(unknown?.text.contains("unknown zfp_mode: 'reversible'") == true)
  }

  @Test(arguments: DType.allCases.filter { $0 != .float32 && $0 != .float64 })
  func otherDTypesAreRefused(dtype: DType) {
    let error = #expect(throws: TensogramError.self) {
      try Self.stage([("zfp_mode", .text("fixed_rate")), ("zfp_rate", .unsigned(8))], dtype)
    }
    #expect(error?.text == "zfp takes float32 and float64, not \(dtype.rawValue)")
  }
}
