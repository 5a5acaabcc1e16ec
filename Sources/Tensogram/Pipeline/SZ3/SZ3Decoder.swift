/// Decodes a stream into elements in this machine's byte order (specification §3 to §10).
///
/// Memory and work are proportional to the output and the stream, whatever the stream claims.
enum SZ3Decoder<Element: SZ3Element> {
  /// Fills the whole of `output`, which has room for at least one element.
  static func decode(
    _ payload: RawSpan, into output: inout MutableRawSpan, workers: Workers
  ) throws(TensogramError) {
    let config = try SZ3Stream.config(of: payload)
    try check(config, count: output.byteCount / Element.width)
    try decode(body: SZ3Stream.body(of: payload), config, into: &output, workers: workers)
  }

  /// Decodes a body whose config is that of the output.
  static func decode(
    body: RawSpan, _ config: SZ3Config, into output: inout MutableRawSpan, workers: Workers
  ) throws(TensogramError) {
    let count = config.count
    if config.algorithm == .lossless {
      try SZ3Box.open(body, into: &output, workers: workers)
      return swapLittleEndian(&output)
    }
    let claimed = try SZ3Box.claimedSize(body)
    let limit = largestContent(config)
    guard claimed <= UInt64(limit) else {
      throw .sz3("content of \(claimed) bytes, more than \(limit) for \(count) elements")
    }
    var content = try ScratchBuffer(byteCount: Int(claimed))
    var contentBytes = content.mutableBytes
    try SZ3Box.open(body, into: &contentBytes, workers: workers)
    var reader = SZ3Reader(content.bytes, workers: workers)
    var elements = SZ3Elements<Element>(output._mutatingExtracting(0..<output.byteCount))
    switch config.algorithm {
    case .interpolation: try SZ3Interpolation.decode(&reader, into: &elements)
    case .blockwise: try SZ3Blockwise(config).decode(&reader, into: &elements)
    case .unpredicted, .lossless: try unpredicted(&reader, into: &elements)
    }
  }

  private static func check(_ config: SZ3Config, count: Int) throws(TensogramError) {
    try checkType(config)
    guard config.count == count else {
      throw .sz3("stream of \(config.count) elements, the descriptor claims \(count)")
    }
  }

  static func checkType(_ config: SZ3Config) throws(TensogramError) {
    guard config.dataType == Element.dataType else {
      let hint =
        Element.dataType == Float.dataType && config.dataType == Double.dataType
        ? "; its writer took the bytes of float32 elements for float64 ones, and the values are lost" : ""
      throw .sz3(
        "stream of data type \(config.dataType), must be \(Element.dataType) for \(Element.dtype.rawValue)\(hint)")
    }
  }

  /// The most bytes that the content of a lossy stream takes: for each code the largest of an unpredictable value, two
  /// tree nodes of 13 bytes, and 4 bytes of code, which no Huffman code exceeds on average.
  private static func largestContent(_ config: SZ3Config) -> Int {
    let bytesPerCode = 32
    let blocks = config.algorithm == .blockwise ? (config.count - 1) / config.blockSize + 1 : 0
    // Per block, one code of its predictor and two of its coefficients.
    return 4096 + bytesPerCode * (config.count + 3 * blocks)
  }

  private static func swapLittleEndian(_ output: inout MutableRawSpan) {
    if ByteOrder.native == .little { return }
    var elements = SZ3Elements<Element>(output._mutatingExtracting(0..<output.byteCount))
    for index in 0..<elements.count { elements[index] = elements[index].littleEndian }
  }

  /// Every element on its own, predicted as 0 (specification §8).
  private static func unpredicted(
    _ reader: inout SZ3Reader, into output: inout SZ3Elements<Element>
  ) throws(TensogramError) {
    let quantizer = try SZ3Quantizer<Element>(&reader, limit: output.count)
    if quantizer.hasNarrowCodes {
      try unpredicted(&reader, quantizer, UInt16.self, into: &output)
    } else {
      try unpredicted(&reader, quantizer, UInt32.self, into: &output)
    }
  }

  private static func unpredicted<Code: SZ3Code>(
    _ reader: inout SZ3Reader, _ quantizer: SZ3Quantizer<Element>, _ type: Code.Type,
    into output: inout SZ3Elements<Element>
  ) throws(TensogramError) {
    let codes = try SZ3CodeBuffer<Code>(mainCodes: &reader, quantizer, count: output.count)
    try quantizer.checkValues(for: codes.span)
    var coder = SZ3Dequantization(codes.span, quantizer, bound: quantizer.bound)
    for index in 0..<output.count { output[index] = coder.code(0, prediction: 0) }
  }
}
