import Testing

@testable import Tensogram

@Suite struct SimplePackingParametersTests {
  private func compute(
    _ values: [Double], bits: Int = 16, decimal: Int = 0, order: ByteOrder = .little
  ) throws(TensogramError) -> SimplePackingParameters {
    let input = bytes(values, order)
    // Bytes have no padding.
    return try unsafe SimplePackingParameters(
      for: input.span.bytes, order: order, bitsPerValue: bits, decimalScaleFactor: decimal)
  }

  @Test(arguments: ByteOrder.both)
  func computesWhatThePublishedPackageComputes(order: ByteOrder) throws {
    for vector in try PackingVector.all() where !vector.isGiven {
      let computed = try compute(vector.values, bits: vector.bits, decimal: vector.decimalScale, order: order)
      let expected = try vector.parameters
      #expect(computed == expected, "\(vector)")
      #expect(computed.referenceValue.bitPattern == expected.referenceValue.bitPattern, "\(vector)")
    }
  }

  @Test(arguments: [1, 3, 8, 9, 1000])
  func findsTheExtremesWhereverTheyAre(count: Int) throws {
    var generator = SeededGenerator(seed: UInt64(count))
    for _ in 0..<10 {
      var values = (0..<count).map { _ in Double.random(in: -1...1, using: &generator) }
      values[Int.random(in: 0..<count, using: &generator)] = -5
      let parameters = try compute(values, bits: 8)
      #expect(parameters.referenceValue == -5)
      #expect(try #require(values.max()) <= -5 + parameters.step * 255)
    }
  }

  @Test(arguments: [0, 1, 7, 8, 300], [Double.nan, .infinity, -.infinity])
  func refusesNonFiniteValuesByIndex(index: Int, value: Double) throws {
    var values = [Double](repeating: 1, count: 301)
    values[index] = value
    values[300] = value
    let error = #expect(throws: TensogramError.self) { try compute(values) }
    #expect(error?.kind == .encoding)
    #expect(error?.text.contains(value.isNaN ? "NaN value" : "infinite value") == true)
    #expect(error?.text.contains("at element \(index) of float64") == true)
  }

  @Test(
    arguments: [
      ([-1e308, 1e308], 16, 0), ([0, 1e308], 16, 0), ([0, .leastNonzeroMagnitude], 16, 0), ([1, 2], 16, 400),
      ([1, 2], 16, -400),
      ([1, 1], 16, -400), ([1, 2], 65, 0), ([1, 2], -1, 0), ([1, 2], 8, 1 << 31),
    ] as [([Double], Int, Int)])
  func refusesWhatNoScaleSuits(values: [Double], bits: Int, decimal: Int) {
    #expect(throws: TensogramError.self) { try compute(values, bits: bits, decimal: decimal) }
  }

  @Test func powersOfTenAreExactWhereTheyCanBe() {
    #expect(SimplePackingParameters.powerOfTen(22) == 1e22)
    #expect(SimplePackingParameters.powerOfTen(-22) == 1e-22)
    #expect(SimplePackingParameters.powerOfTen(0) == 1)
    #expect(SimplePackingParameters.powerOfTen(Int(Int32.max)) == .infinity)
    #expect(SimplePackingParameters.powerOfTen(Int(Int32.min)) == 0)
  }

  // MARK: The descriptor

  private func parse(_ entries: KeyValuePairs<String, CBORValue>, _ dtype: DType = .float64) throws(TensogramError)
    -> SimplePacking
  {
    var map = CBORMap()
    for (key, value) in entries { map["sp_" + key] = value }
    return try SimplePacking(StageParameters(map), dtype: dtype)
  }

  @Test func readsTheDescriptor() throws {
    let open = try parse(["bits_per_value": .unsigned(12)])
    #expect(open.given == nil)
    #expect(open.bitsPerValue == 12 && open.decimalScaleFactor == 0)
    let closed = try parse([
      "bits_per_value": .unsigned(12), "reference_value": .negative(4), "binary_scale_factor": .negative(2),
      "decimal_scale_factor": .unsigned(1),
    ])
    let expected = try SimplePackingParameters(
      referenceValue: -5, binaryScaleFactor: -3, decimalScaleFactor: 1, bitsPerValue: 12)
    #expect(try closed.requireParameters() == expected)
    #expect(throws: TensogramError.self) { try open.requireParameters() }
  }

  @Test func writesWhatTheDescriptorLacks() throws {
    let values = bytes([1, 2], .little)
    let open = try parse(["bits_per_value": .unsigned(8)])
    let computed = try unsafe open.parameters(for: values.span.bytes, order: .little, workers: Workers())
    #expect(
      open.added(computed).map(\.key) == ["sp_reference_value", "sp_binary_scale_factor", "sp_decimal_scale_factor"])
    let closed = try parse([
      "bits_per_value": .unsigned(8), "reference_value": .unsigned(1), "binary_scale_factor": .unsigned(0),
    ])
    let given = try unsafe closed.parameters(for: values.span.bytes, order: .little, workers: Workers())
    #expect(closed.added(given).map(\.key) == ["sp_decimal_scale_factor"])
  }

  @Test func namesWhatIsWrongWithADescriptor() throws {
    let eight = CBORValue.unsigned(8)
    let one = CBORValue.unsigned(1)
    let cases: [(KeyValuePairs<String, CBORValue>, TensogramError.Kind, String)] = [
      ([:], .metadata, "sp_bits_per_value"),
      (["bits_per_value": .unsigned(65)], .encoding, "exceeds maximum of 64"),
      (["bits_per_value": .negative(0)], .metadata, "sp_bits_per_value"),
      (["bits_per_value": .float(8)], .metadata, "expected integer for sp_bits_per_value, got float"),
      (["bits_per_value": .text("8")], .metadata, "got text"),
      (["bits_per_value": eight, "reference_value": one], .metadata, "sp_reference_value is set but not sp_binary"),
      (
        ["bits_per_value": eight, "binary_scale_factor": one], .metadata, "sp_binary_scale_factor is set but not sp_ref"
      ),
      (
        ["bits_per_value": eight, "reference_value": .float(.nan), "binary_scale_factor": one], .metadata,
        "must be finite, got NaN"
      ),
      (
        ["bits_per_value": eight, "reference_value": .float(-.infinity), "binary_scale_factor": one], .metadata,
        "must be finite, got -Inf"
      ),
      (
        ["bits_per_value": eight, "reference_value": .text("x"), "binary_scale_factor": one], .metadata,
        "expected number for sp_reference_value"
      ),
      (
        ["bits_per_value": eight, "reference_value": one, "binary_scale_factor": .unsigned(257)], .encoding,
        "sp_binary_scale_factor 257 is outside"
      ),
      (
        ["bits_per_value": eight, "reference_value": one, "binary_scale_factor": .negative(256)], .encoding,
        "sp_binary_scale_factor -257 is outside"
      ),
      (
        ["bits_per_value": eight, "reference_value": one, "binary_scale_factor": .unsigned(1 << 40)], .metadata,
        "sp_binary_scale_factor"
      ),
      (["bits_per_value": eight, "decimal_scale_factor": .unsigned(1 << 31)], .metadata, "sp_decimal_scale_factor"),
    ]
    for (entries, kind, text) in cases {
      let error = #expect(throws: TensogramError.self) { try parse(entries) }
      #expect(error?.kind == kind)
      #expect(error?.text.contains(text) == true, "\(error?.text ?? "")")
    }
    let error = #expect(throws: TensogramError.self) { try parse(["bits_per_value": eight], .float32) }
    #expect(error?.text.contains("simple_packing only supports float64") == true)
  }
}
