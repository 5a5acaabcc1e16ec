/// The way of one object's elements to its payload and back: encoding, filter, compression (codecs specification).
///
///     let pipeline = try Pipeline(descriptor)
///     try pipeline.decode(payload, into: &bytes, workers: Workers())
///
/// A value holds checked parameters only; one may serve many threads at once.
public struct Pipeline: Sendable {
  let dtype: DType
  /// Elements of the object.
  let count: Int
  /// Bytes of all elements, decoded.
  let decodedSize: Int
  /// Of the elements that ``decode(_:into:workers:)`` gives and that the stages take.
  let elementOrder: ByteOrder
  let filter: Shuffle?
  let compression: (any CompressionStage)?

  /// Checks names and parameters of all stages; what is unknown is an encoding error that names it.
  public init(_ descriptor: DataObjectDescriptor) throws(TensogramError) {
    dtype = descriptor.dtype
    count = descriptor.shape.count
    decodedSize = try descriptor.byteCount
    elementOrder = descriptor.byteOrder
    let parameters = StageParameters(descriptor.parameters)
    guard descriptor.encoding == "none" else { throw .encoding("unknown encoding: '\(descriptor.encoding)'") }
    switch descriptor.filter {
    case "none": filter = nil
    case "shuffle": filter = try Shuffle(parameters, defaultElementSize: max(dtype.width, 1))
    default: throw .encoding("unknown filter: '\(descriptor.filter)'")
    }
    switch descriptor.compression {
    case "none": compression = nil
    case "zstd": compression = try Zstd(parameters)
    case "lz4": compression = LZ4()
    default: throw .encoding("unknown compression: '\(descriptor.compression)'")
    }
    try filter?.check(byteCount: decodedSize)
  }

  /// Whether a part of the elements can be decoded from the part of the payload that holds it.
  public var supportsRanges: Bool {
    guard filter == nil, dtype != .bitmask else { return false }
    return compression?.capabilities.decodesRanges ?? true
  }

  /// Whether the payload is the elements as they are.
  public var isIdentity: Bool { filter == nil && compression == nil }

  // MARK: Encoding

  /// The exact size of the payload where it does not depend on the values, else `nil`.
  var fixedPayloadSize: Int? { compression == nil ? decodedSize : nil }

  /// The most bytes that ``encode(_:order:into:workers:payloadPart:)`` writes.
  func maximumPayloadSize() throws(TensogramError) -> Int {
    try compression?.maximumEncodedSize(decodedSize) ?? decodedSize
  }

  /// The most bytes of CBOR that the parameters take which ``encode(_:order:into:workers:payloadPart:)`` returns.
  var maximumParameterSize: Int { compression?.maximumParameterSize(decodedSize) ?? 0 }

  /// Appends the payload of `values`, all elements in C order and byte order `order`.
  ///
  /// Hands the payload to `payloadPart` piece by piece while it is in cache. Returns the descriptor parameters that a
  /// stage adds. A NaN or infinity is an encoding error.
  func encode(
    _ values: RawSpan, order: ByteOrder, into output: inout OutputRawSpan, workers: Workers,
    payloadPart: (RawSpan) -> Void
  ) throws(TensogramError) -> [(key: String, value: CBORValue)] {
    guard values.byteCount == decodedSize else {
      throw .encoding(
        "data of \(values.byteCount) bytes does not match the descriptor's \(decodedSize) bytes "
          + "(\(count) elements of \(dtype.rawValue))")
    }
    let swapWidth = order == elementOrder ? 1 : dtype.swapWidth
    if isIdentity {
      try copyInBlocks(values, order, swapWidth, into: &output, payloadPart)
      return []
    }
    try NonFinite.refuse(in: values, dtype: dtype, byteOrder: order)
    let start = output.byteCount
    let parameters = try encodeThroughStages(values, swapWidth, into: &output, workers)
    payloadPart(output.bytes.extracting(start..<output.byteCount))
    return parameters
  }

  /// A piece that stays in the second-level cache while it is checked, copied and hashed.
  private static let blockSize = 128 << 10

  private func copyInBlocks(
    _ values: RawSpan, _ order: ByteOrder, _ swapWidth: Int, into output: inout OutputRawSpan,
    _ payloadPart: (RawSpan) -> Void
  ) throws(TensogramError) {
    var offset = 0
    while offset < values.byteCount {
      let end = min(offset + Self.blockSize, values.byteCount)
      let block = values.extracting(offset..<end)
      try NonFinite.refuse(
        in: block, dtype: dtype, byteOrder: order, firstIndex: offset / max(dtype.width, 1))
      let start = output.byteCount
      if swapWidth > 1 {
        try ByteSwap.append(block, width: swapWidth, to: &output)
      } else {
        output.append(copying: block)
      }
      payloadPart(output.bytes.extracting(start..<output.byteCount))
      offset = end
    }
  }

  private func encodeThroughStages(
    _ values: RawSpan, _ swapWidth: Int, into output: inout OutputRawSpan, _ workers: Workers
  ) throws(TensogramError) -> [(key: String, value: CBORValue)] {
    if swapWidth > 1 {
      var swapped = try ScratchBuffer(byteCount: values.byteCount)
      var bytes = swapped.mutableBytes
      bytes.copy(values)
      ByteSwap.swap(&bytes, width: swapWidth)
      return try encodeThroughStages(swapped.bytes, 1, into: &output, workers)
    }
    guard let filter else { return try compress(values, into: &output, workers) }
    guard let compression else {
      try output.append(count: values.byteCount) { (bytes) throws(TensogramError) in
        try filter.encode(values, into: &bytes)
      }
      return []
    }
    var shuffled = try ScratchBuffer(byteCount: values.byteCount)
    var bytes = shuffled.mutableBytes
    try filter.encode(values, into: &bytes)
    return try compression.encode(shuffled.bytes, into: &output, workers: workers)
  }

  private func compress(
    _ bytes: RawSpan, into output: inout OutputRawSpan, _ workers: Workers
  ) throws(TensogramError) -> [(key: String, value: CBORValue)] {
    if let compression { return try compression.encode(bytes, into: &output, workers: workers) }
    output.append(copying: bytes)
    return []
  }

  // MARK: Decoding

  /// Throws an encoding error where the payload cannot hold the elements that the descriptor claims, by looking at its
  /// head only. To be called before memory for the elements is allocated.
  func checkClaim(_ payload: PayloadWindow) throws(TensogramError) {
    let held = compression == nil ? payload.count : try compression?.decodedSize(of: payload)
    guard let held, held != decodedSize else { return }
    throw .encoding(
      "descriptor claims \(decodedSize) bytes (\(count) elements of \(dtype.rawValue)) but the payload holds \(held)")
  }

  /// Decodes all elements, in ``elementOrder``, into `output`, which has exactly their size.
  func decode(
    _ payload: PayloadWindow, into output: inout MutableRawSpan, workers: Workers
  ) throws(TensogramError) {
    try checkClaim(payload)
    if isIdentity { return try payload.read(at: 0, into: &output) }
    guard let filter else { return try decompress(payload, into: &output, workers) }
    guard compression != nil else {
      return try Self.unshuffle(payload, filter, into: &output)
    }
    var shuffled = try ScratchBuffer(byteCount: output.byteCount)
    var bytes = shuffled.mutableBytes
    try decompress(payload, into: &bytes, workers)
    try filter.decode(shuffled.bytes, into: &output)
  }

  private func decompress(
    _ payload: PayloadWindow, into output: inout MutableRawSpan, _ workers: Workers
  ) throws(TensogramError) {
    guard let compression else { return }
    try payload.withBytes { (bytes) throws(TensogramError) in
      try compression.decode(bytes, into: &output, workers: workers)
    }
  }

  private static func unshuffle(
    _ payload: PayloadWindow, _ filter: Shuffle, into output: inout MutableRawSpan
  ) throws(TensogramError) {
    try payload.withBytes { (bytes) throws(TensogramError) in try filter.decode(bytes, into: &output) }
  }

  /// Decodes the elements of `range`, in ``elementOrder``, into `output`, which has exactly their size.
  ///
  /// Only where ``supportsRanges``; anything else is a range-not-supported error.
  func decode(
    elements range: Range<Int>, of payload: PayloadWindow, into output: inout MutableRawSpan, workers: Workers
  ) throws(TensogramError) {
    try requireRanges()
    let bytes = range.lowerBound * dtype.width..<range.upperBound * dtype.width
    guard let compression else { return try payload.read(at: bytes.lowerBound, into: &output) }
    try compression.decode(bytes, of: decodedSize, from: payload, into: &output, workers: workers)
  }

  /// Throws a range-not-supported error that names the stage which has no ranges.
  func requireRanges() throws(TensogramError) {
    if supportsRanges { return }
    if dtype == .bitmask { throw .rangeNotSupported("range decode not supported for dtype bitmask") }
    if filter != nil { throw .rangeNotSupported("range decode not supported with filter shuffle") }
    throw .rangeNotSupported("range decode not supported by this compression")
  }
}
