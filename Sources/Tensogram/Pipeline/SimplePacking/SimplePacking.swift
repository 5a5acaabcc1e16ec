/// The encoding `simple_packing`: float64 values as integers of a fixed number of bits, most significant bit first,
/// without gaps.
///
///     {"encoding": "simple_packing", "sp_bits_per_value": 16, "sp_decimal_scale_factor": 0,
///      "sp_reference_value": 230.5, "sp_binary_scale_factor": -9}
///
/// The bits are required. Reference and binary scale go together: without them encoding computes both, and adds them to
/// the descriptor. The decimal scale is 0 if absent.
struct SimplePacking: Sendable {
  typealias Key = SimplePackingParameters.Key

  let bitsPerValue: Int
  let decimalScaleFactor: Int
  /// What the descriptor says, `nil` where it leaves reference and scale open.
  let given: SimplePackingParameters?

  /// Throws where a parameter is missing, of the wrong type or out of range, and where `dtype` is not float64.
  init(_ parameters: StageParameters, dtype: DType) throws(TensogramError) {
    guard dtype == .float64 else {
      throw .encoding("simple_packing only supports float64, not \(dtype.rawValue)")
    }
    guard let bits = try parameters.integer(Key.bits, in: 0...Int(UInt32.max)) else {
      throw .metadata("missing required parameter: \(Key.bits) (simple_packing cannot choose it)")
    }
    try SimplePackingParameters.check(bitsPerValue: bits)
    let decimal = try parameters.integer(Key.decimalScale, in: SimplePackingParameters.decimalScaleFactors)
    let binary = try parameters.integer(Key.binaryScale, in: Int(Int32.min)...Int(Int32.max))
    let reference = try parameters.number(Key.reference)
    bitsPerValue = bits
    decimalScaleFactor = decimal ?? 0
    switch (reference, binary) {
    case (nil, nil):
      given = nil
    case (let reference?, let binary?):
      given = try SimplePackingParameters(
        referenceValue: reference, binaryScaleFactor: binary, decimalScaleFactor: decimal ?? 0, bitsPerValue: bits)
    case (_?, nil):
      throw Self.unpaired(Key.reference, without: Key.binaryScale)
    case (nil, _?):
      throw Self.unpaired(Key.binaryScale, without: Key.reference)
    }
  }

  private static func unpaired(_ key: String, without other: String) -> TensogramError {
    .metadata("simple_packing: \(key) is set but not \(other); give both, or neither to have them computed")
  }

  /// Elements of spans, of multiples of 8, so that packed bits of neighbouring ones share no byte.
  static let spanSizes = PieceSizes(smallest: 32 << 10, largest: 2 << 20, unit: 8)

  /// What `values`, float64 in `order`, are to be packed with: what is given, else computed from them.
  ///
  /// Where non-finite values are stored in masks, give the values as they were before: computing refuses such values,
  /// and never takes a zero that stands in for one as part of the field.
  func parameters(
    for values: RawSpan, order: ByteOrder, workers: Workers
  ) throws(TensogramError) -> SimplePackingParameters {
    if let given {
      try given.checkStep()
      return given
    }
    return try SimplePackingParameters(
      for: values, order: order, bitsPerValue: bitsPerValue, decimalScaleFactor: decimalScaleFactor, workers: workers)
  }

  /// The parameters to add to the descriptor, which are those that it does not have.
  func added(_ parameters: SimplePackingParameters) -> [(key: String, value: CBORValue)] {
    let isOpen = given == nil
    return parameters.entries.filter { isOpen && $0.key != Key.bits || $0.key == Key.decimalScale }
  }

  /// What to decode with; missing reference and scale are a metadata error.
  func requireParameters() throws(TensogramError) -> SimplePackingParameters {
    guard let given else { throw StageParameters.missing(Key.reference) }
    return given
  }
}
