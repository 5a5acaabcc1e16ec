extension SimplePackingParameters {
  /// Appends `values`, finite float64 values in `order`, packed.
  ///
  /// `output` has room for ``packedSize(_:)``. Values outside what the bits can hold become the nearest that they can.
  func encode(
    _ values: RawSpan, order: ByteOrder, into output: inout OutputRawSpan, workers: Workers
  ) throws(TensogramError) {
    let count = values.byteCount / 8
    let size = try packedSize(count)
    if size == 0 { return }
    let packer = Packer(self)
    let source = SharedBytes(values)
    try output.append(count: size) { (bytes) throws(TensogramError) in
      let packed = SharedMutableBytes(&bytes)
      try workers.forEachPiece(of: 0..<count, SimplePacking.spanSizes) { (elements) throws(TensogramError) in
        let span = source.bytes.extracting(elements.lowerBound * 8..<elements.upperBound * 8)
        try packed.withPart(packedBytes(elements)) { part in packer.pack(span, order, into: &part) }
      }
    }
  }

  /// Unpacks `elements` of a packed field into `output`, as float64 in `order`.
  ///
  /// `packed` holds the bytes ``packedBytes(_:)`` of the field, `output` exactly the elements; anything else is an
  /// encoding error.
  func decode(
    _ elements: Range<Int>, from packed: RawSpan, into output: inout MutableRawSpan, order: ByteOrder = .native,
    workers: Workers
  ) throws(TensogramError) {
    let bytes = packedBytes(elements)
    guard packed.byteCount == bytes.count, output.byteCount / 8 == elements.count, output.byteCount % 8 == 0 else {
      throw .encoding(
        "elements \(elements) packed in \(bitsPerValue) bits take \(bytes.count) bytes and give \(elements.count) float64"
          + " values, but there are \(packed.byteCount) bytes, and room for \(output.byteCount)")
    }
    let unpacker = Unpacker(self)
    let source = SharedBytes(packed)
    let result = SharedMutableBytes(&output)
    try workers.forEachPiece(of: 0..<elements.count, SimplePacking.spanSizes) { (part) throws(TensogramError) in
      let span = elements.lowerBound + part.lowerBound..<elements.lowerBound + part.upperBound
      let spanBytes = packedBytes(span)
      let start = spanBytes.lowerBound - bytes.lowerBound
      let input = source.bytes.extracting(start..<start + spanBytes.count)
      try result.withPart(part.lowerBound * 8..<part.upperBound * 8) { values in
        unpacker.unpack(input, firstBit: position(span.lowerBound).bit, into: &values)
        if order != .native { ByteSwap.swap(&values, width: 8) }
      }
    }
  }
}
