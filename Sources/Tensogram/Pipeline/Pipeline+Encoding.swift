extension Pipeline {
  typealias Parameters = [(key: String, value: CBORValue)]

  /// The descriptor with the parameters that some readers want to find even where they have their usual value.
  func spellingOutDefaults(of descriptor: DataObjectDescriptor) -> DataObjectDescriptor {
    guard let filter, descriptor.parameters[Shuffle.elementSizeKey] == nil else { return descriptor }
    var complete = descriptor
    complete.parameters[Shuffle.elementSizeKey] = CBORValue(filter.elementSize)
    return complete
  }

  /// The exact size of the payload where it does not depend on the values, else `nil`.
  var fixedPayloadSize: Int? { compression == nil ? encodedSize : nil }

  /// Whether ``encode(_:order:into:masks:workers:payloadPart:)`` may return parameters to add to the descriptor.
  var addsParameters: Bool { packing != nil || maximumParameterSize > 0 }

  /// The most bytes that ``encode(_:order:into:masks:workers:payloadPart:)`` writes.
  func maximumPayloadSize() throws(TensogramError) -> Int {
    try compression?.maximumEncodedSize(encodedSize) ?? encodedSize
  }

  /// The most bytes of CBOR that the returned parameters take.
  var maximumParameterSize: Int {
    (packing == nil ? 0 : SimplePackingParameters.largestSize) + (compression?.maximumParameterSize(encodedSize) ?? 0)
  }

  /// Appends the payload of `values`, all elements in C order and byte order `order`.
  ///
  /// A NaN or infinity goes to `masks`, for the same dtype and order, and is an encoding error where they do not allow
  /// it. Hands the payload to `payloadPart` piece by piece while it is in cache. Returns the descriptor parameters that
  /// the stages add.
  func encode(
    _ values: RawSpan, order: ByteOrder, into output: inout OutputRawSpan, masks: inout MaskWriter, workers: Workers,
    payloadPart: (RawSpan) -> Void
  ) throws(TensogramError) -> Parameters {
    if isIdentity {
      try copyInBlocks(values, order, into: &output, &masks, workers, payloadPart)
      return []
    }
    let start = output.byteCount
    let parameters = try encodeFinite(values, order, into: &output, &masks, workers)
    payloadPart(output.bytes.extracting(start..<output.byteCount))
    return parameters
  }

  /// A piece that stays in the second-level cache while it is checked, copied and hashed.
  private static let blockSize = 128 << 10

  private func copyInBlocks(
    _ values: RawSpan, _ order: ByteOrder, into output: inout OutputRawSpan, _ masks: inout MaskWriter,
    _ workers: Workers, _ payloadPart: (RawSpan) -> Void
  ) throws(TensogramError) {
    let swapWidth = order == elementOrder ? 1 : dtype.swapWidth
    var offset = 0
    while offset < values.byteCount {
      try workers.checkCancelled()
      let end = min(offset + Self.blockSize, values.byteCount)
      let start = output.byteCount
      try masks.append(values.extracting(offset..<end), to: &output)
      if swapWidth > 1 { ByteSwap.swap(&output, from: start, width: swapWidth) }
      payloadPart(output.bytes.extracting(start..<output.byteCount))
      offset = end
    }
  }

  /// Takes out what is not finite before the stages see the values; where all are finite without a copy.
  private func encodeFinite(
    _ values: RawSpan, _ order: ByteOrder, into output: inout OutputRawSpan, _ masks: inout MaskWriter,
    _ workers: Workers
  ) throws(TensogramError) -> Parameters {
    let isComputed = packing != nil && packing?.given == nil
    // Computing a scale finds what is not finite as well.
    let found =
      isComputed ? nil : try NonFinite.first(in: values, dtype: dtype, byteOrder: order, workers: workers)
    if found == nil {
      return try encodeThroughStages(values, order, into: &output, workers)
    }
    var finite = try ScratchBuffer(byteCount: values.byteCount)
    _ = try finite.withOutput { (finite) throws(TensogramError) in try masks.append(values, to: &finite) }
    return try encodeThroughStages(finite.bytes, order, into: &output, workers)
  }

  private func encodeThroughStages(
    _ values: RawSpan, _ order: ByteOrder, into output: inout OutputRawSpan, _ workers: Workers
  ) throws(TensogramError) -> Parameters {
    if let packing { return try pack(values, order, packing, into: &output, workers) }
    if order == elementOrder || dtype.swapWidth == 1 {
      return try filterAndCompress(values, into: &output, workers)
    }
    var swapped = try ScratchBuffer(byteCount: values.byteCount)
    var bytes = swapped.mutableBytes
    bytes.copy(values)
    try ByteSwap.swap(&bytes, width: dtype.swapWidth, workers: workers)
    return try filterAndCompress(swapped.bytes, into: &output, workers)
  }

  private func pack(
    _ values: RawSpan, _ order: ByteOrder, _ packing: SimplePacking, into output: inout OutputRawSpan,
    _ workers: Workers
  ) throws(TensogramError) -> Parameters {
    let parameters = try packing.parameters(for: values, order: order, workers: workers)
    if filter == nil && compression == nil {
      try parameters.encode(values, order: order, into: &output, workers: workers)
      return packing.added(parameters)
    }
    var packed = try ScratchBuffer(byteCount: encodedSize)
    _ = try packed.withOutput { (packed) throws(TensogramError) in
      try parameters.encode(values, order: order, into: &packed, workers: workers)
    }
    return packing.added(parameters) + (try filterAndCompress(packed.bytes, into: &output, workers))
  }

  private func filterAndCompress(
    _ encoded: RawSpan, into output: inout OutputRawSpan, _ workers: Workers
  ) throws(TensogramError) -> Parameters {
    guard let filter else { return try compress(encoded, into: &output, workers) }
    guard compression != nil else {
      try output.append(count: encoded.byteCount) { (bytes) throws(TensogramError) in
        try filter.encode(encoded, into: &bytes, workers: workers)
      }
      return []
    }
    var shuffled = try ScratchBuffer(byteCount: encoded.byteCount)
    var bytes = shuffled.mutableBytes
    try filter.encode(encoded, into: &bytes, workers: workers)
    return try compress(shuffled.bytes, into: &output, workers)
  }

  private func compress(
    _ bytes: RawSpan, into output: inout OutputRawSpan, _ workers: Workers
  ) throws(TensogramError) -> Parameters {
    if let compression { return try compression.encode(bytes, into: &output, workers: workers) }
    output.append(copying: bytes)
    return []
  }
}
