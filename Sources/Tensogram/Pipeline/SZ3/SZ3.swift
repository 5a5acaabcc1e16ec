/// SZ3 (data version 3.3.2, one dimension): lossy compression of floats within an error bound.
///
/// Descriptor: `{"compression": "sz3", "sz3_error_bound_mode": "abs", "sz3_error_bound": 0.01}`. Takes float64 and
/// float32. Each element is predicted from ones that are decoded before it, the difference is rounded to a multiple of
/// twice the bound, and these multiples go through a Huffman code and zstd. Sources: X. Liang et al., "SZ3: A Modular
/// Framework for Composing Prediction-Based Error-Bounded Lossy Compressors", IEEE Transactions on Big Data 9 (2023);
/// K. Zhao et al., "Optimizing Error-Bounded Lossy Compression for Scientific Data by Dynamic Spline Interpolation",
/// ICDE 2021.
struct SZ3: CompressionStage {
  let errorBound: SZ3ErrorBound
  let dtype: DType

  init(_ errorBound: SZ3ErrorBound, dtype: DType) throws(TensogramError) {
    guard dtype == .float64 || dtype == .float32 else {
      throw .encoding("sz3 takes float64 or float32, not \(dtype.rawValue)")
    }
    self.errorBound = errorBound
    self.dtype = dtype
  }

  init(_ parameters: StageParameters, dtype: DType) throws(TensogramError) {
    try self.init(SZ3ErrorBound(parameters), dtype: dtype)
  }

  var capabilities: StageCapabilities { StageCapabilities() }

  func maximumEncodedSize(_ byteCount: Int) throws(TensogramError) -> Int {
    SZ3Stream.overhead + (try SZ3Box.bound(byteCount))
  }

  func encode(
    _ input: RawSpan, into output: inout OutputRawSpan, workers: Workers
  ) throws(TensogramError) -> [(key: String, value: CBORValue)] {
    guard input.byteCount % dtype.width == 0 else {
      throw .encoding("sz3: \(input.byteCount) bytes are not a whole number of \(dtype.rawValue) elements")
    }
    // There is no stream of no elements.
    if input.isEmpty { return [] }
    if dtype == .float64 {
      try SZ3Encoder<Double>.encode(input, errorBound, into: &output, workers: workers)
    } else {
      try SZ3Encoder<Float>.encode(input, errorBound, into: &output, workers: workers)
    }
    return []
  }

  func decodedSize(of payload: PayloadWindow) throws(TensogramError) -> Int? {
    if payload.count == 0 { return 0 }
    let config = try SZ3Stream.config(of: payload)
    if dtype == .float64 {
      try SZ3Decoder<Double>.checkType(config)
    } else {
      try SZ3Decoder<Float>.checkType(config)
    }
    let (size, overflow) = config.count.multipliedReportingOverflow(by: dtype.width)
    if overflow { throw .sz3("stream of \(config.count) elements, more than memory can hold") }
    return size
  }

  func decode(_ payload: RawSpan, into output: inout MutableRawSpan, workers: Workers) throws(TensogramError) {
    guard output.byteCount % dtype.width == 0 else {
      throw .encoding("sz3: \(output.byteCount) bytes are not a whole number of \(dtype.rawValue) elements")
    }
    if output.byteCount == 0 {
      guard payload.isEmpty else { throw .sz3("\(payload.byteCount) bytes for no elements, must be 0") }
    } else if dtype == .float64 {
      try SZ3Decoder<Double>.decode(payload, into: &output, workers: workers)
    } else {
      try SZ3Decoder<Float>.decode(payload, into: &output, workers: workers)
    }
  }
}
