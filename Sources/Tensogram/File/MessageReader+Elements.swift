extension MessageReader {
  /// Decodes all elements of an object into `output`, which has exactly `descriptor.byteCount` bytes.
  public func read(
    _ object: LocatedObject, into output: inout MutableRawSpan, options: DecodeOptions = DecodeOptions()
  ) throws(TensogramError) {
    try locating(object: object.index) { () throws(TensogramError) in
      if options.verifyHash { try verifyHash(object.index, workers: options.workers) }
      let pipeline = try Pipeline(object.descriptor)
      try requireSize(output, pipeline.decodedSize)
      let masks = try masks(object, options)
      try pipeline.decode(window(object), into: &output, workers: options.workers)
      let order = try reorder(&output, pipeline, object.descriptor.byteOrder, options)
      try masks?.restore(0..<pipeline.count, in: &output, order: order)
    }
  }

  /// Throws where the payload cannot hold what the descriptor claims; call it before allocating for the elements.
  public func checkClaim(_ object: LocatedObject) throws(TensogramError) {
    try locating(object: object.index) { () throws(TensogramError) in
      try Pipeline(object.descriptor).checkClaim(window(object))
    }
  }

  /// Whether parts of the object can be read without decoding all of it.
  public func supportsRanges(_ object: LocatedObject) throws(TensogramError) -> Bool {
    try Pipeline(object.descriptor).supportsRanges
  }

  /// Whether several workers can share the decoding of the object.
  public func isParallel(_ object: LocatedObject) throws(TensogramError) -> Bool {
    try Pipeline(object.descriptor).isParallel
  }

  /// Decodes ranges of the flattened elements, one after the other, into `output`, which has exactly their size.
  ///
  /// Any order, overlaps and repetitions are fine. A range beyond the end is an encoding error; a pipeline without
  /// ranges a range-not-supported error, unless there are none.
  public func read(
    _ object: LocatedObject, ranges: [Range<Int>], into output: inout MutableRawSpan,
    options: DecodeOptions = DecodeOptions()
  ) throws(TensogramError) {
    try locating(object: object.index) { () throws(TensogramError) in
      let pipeline = try Pipeline(object.descriptor)
      if !ranges.isEmpty && !pipeline.answersRangesFromAll { try pipeline.requireRanges() }
      let masks = try masks(object, options)
      let payload = window(object)
      try pipeline.checkClaim(payload)
      let whole = pipeline.answersRangesFromAll ? try decoded(object, pipeline, options.workers) : nil
      var position = 0
      for range in ranges {
        guard range.lowerBound >= 0, range.upperBound <= pipeline.count else {
          throw .encoding("range \(range) exceeds the \(pipeline.count) elements of shape \(object.shapeText)")
        }
        let size = range.count * pipeline.dtype.width
        if size == 0 { continue }
        var part = output._mutatingExtracting(position..<position + size)
        if let whole {
          whole.copy(range, width: pipeline.dtype.width, into: &part)
        } else {
          try pipeline.decode(elements: range, of: payload, into: &part, workers: options.workers)
        }
        let order = try reorder(&part, pipeline, object.descriptor.byteOrder, options)
        try masks?.restore(range, in: &part, order: order)
        position += size
      }
      try requireSize(output, position)
    }
  }

  /// Decodes a selection into `output`, which has exactly its size, reading only what that needs.
  ///
  /// A pipeline without ranges is a range-not-supported error, unless nothing is selected.
  public func read(
    _ object: LocatedObject, selection: Selection, into output: inout MutableRawSpan,
    options: DecodeOptions = DecodeOptions()
  ) throws(TensogramError) {
    try locating(object: object.index) { () throws(TensogramError) in
      let pipeline = try Pipeline(object.descriptor)
      try requireSize(output, selection.count * pipeline.dtype.width)
      if selection.count == 0 { return }
      try pipeline.requireRanges()
      let masks = try masks(object, options)
      let payload = window(object)
      try pipeline.checkClaim(payload)
      let reader = SelectionReader(
        pipeline, payload, selection, of: object.descriptor.shape, workers: options.workers)
      try reader.read(into: &output)
      let order = try reorder(&output, pipeline, object.descriptor.byteOrder, options)
      guard let masks else { return }
      try selection.forEachRow(strides: object.descriptor.shape.strides) { (elements, place) throws(TensogramError) in
        let width = pipeline.dtype.width
        var row = output._mutatingExtracting(place * width..<(place + elements.count) * width)
        try masks.restore(elements, in: &row, order: order)
      }
    }
  }

  /// The payload's place in the source where it is the elements as they are, in this machine's order: what can be lent
  /// out as a view. Else `nil`.
  public func lendablePayload(
    _ object: LocatedObject, nativeByteOrder: Bool = true
  ) throws(TensogramError) -> Range<Int>? {
    try locating(object: object.index) { () throws(TensogramError) in
      let pipeline = try Pipeline(object.descriptor)
      guard pipeline.isIdentity, object.descriptor.masks == nil else { return nil }
      let isNative = pipeline.elementOrder == .native || pipeline.dtype.swapWidth == 1
      guard isNative || !nativeByteOrder else { return nil }
      try pipeline.checkClaim(window(object))
      return object.payload
    }
  }

  /// Checks the hash of an object's frame: payload, masks and descriptor.
  ///
  /// Throws a missing-hash error where it has none, a hash-mismatch error where it is not that of the bytes.
  public func verifyHash(_ index: Int, workers: Workers = Workers()) throws(TensogramError) {
    try requireObject(index)
    let frame = layout.objects[index].frame
    guard let expected = frame.digest else {
      throw TensogramError(.missingHash, "object_index=\(index)").at(object: index)
    }
    let actual = try digest(of: frame.body, workers: workers)
    guard actual == expected else {
      throw TensogramError(
        .hashMismatch(expected: expected, actual: actual),
        "object_index=\(index), expected=\(String(hexDigest: expected)), actual=\(String(hexDigest: actual))"
      ).at(object: index)
    }
  }

  /// Checks the hashes of all frames but the objects': metadata, preceders, index and lists of hashes, those that have
  /// one. Throws a hash-mismatch error without an object where one is not that of the bytes.
  public func verifyMetadataHashes() throws(TensogramError) {
    let metadata = [layout.headerMetadata, layout.footerMetadata].compactMap { $0 }
    for frame in metadata + layout.directories + layout.objects.compactMap(\.preceder) {
      guard let expected = frame.digest else { continue }
      let actual = try digest(of: frame.body)
      guard actual == expected else {
        throw TensogramError(
          .hashMismatch(expected: expected, actual: actual),
          "the \(frame.type.name) frame at byte \(frame.range.lowerBound): expected=\(String(hexDigest: expected)), "
            + "actual=\(String(hexDigest: actual))")
      }
    }
  }

  private static let hashBlockSize = 1 << 20

  /// The digest of bytes of the source. One worker makes it; others could not help.
  func digest(of range: Range<Int>, workers: Workers = Workers()) throws(TensogramError) -> UInt64 {
    let blockSize = source.isResident ? 16 * Self.hashBlockSize : Self.hashBlockSize
    if range.count <= blockSize {
      return try source.withBytes(range) { (bytes) throws(TensogramError) in XXH3.hash(bytes) }
    }
    let stream = XXH3.Stream()
    var position = range.lowerBound
    while position < range.upperBound {
      try workers.checkCancelled()
      let end = min(position + blockSize, range.upperBound)
      try source.withBytes(position..<end) { (bytes) throws(TensogramError) in stream.update(bytes) }
      position = end
    }
    return stream.digest
  }

  /// All elements, as the pipeline gives them.
  private func decoded(
    _ object: LocatedObject, _ pipeline: Pipeline, _ workers: Workers
  ) throws(TensogramError) -> DecodedElements {
    var buffer = try ScratchBuffer(byteCount: pipeline.decodedSize)
    try Self.fill(&buffer) { (bytes) throws(TensogramError) in
      try pipeline.decode(window(object), into: &bytes, workers: workers)
    }
    return DecodedElements(buffer)
  }

  private static func fill(
    _ buffer: inout ScratchBuffer, _ body: (inout MutableRawSpan) throws(TensogramError) -> Void
  ) throws(TensogramError) {
    var bytes = buffer.mutableBytes
    try body(&bytes)
  }

  /// The masks of an object, `nil` where it has none.
  public func masks(_ object: LocatedObject) throws(TensogramError) -> MaskReader? {
    guard let entries = object.descriptor.masks, !entries.isEmpty else { return nil }
    return try MaskReader(
      entries, in: PayloadWindow(source, object.payloadRegion), dtype: object.descriptor.dtype,
      count: object.descriptor.shape.count)
  }

  private func masks(_ object: LocatedObject, _ options: DecodeOptions) throws(TensogramError) -> MaskReader? {
    options.restoresNonFinite ? try masks(object) : nil
  }

  private func window(_ object: LocatedObject) -> PayloadWindow { PayloadWindow(source, object.payload) }

  private func requireSize(_ output: borrowing MutableRawSpan, _ size: Int) throws(TensogramError) {
    guard output.byteCount == size else {
      throw .encoding("\(size) bytes of elements do not fit a result of \(output.byteCount) bytes")
    }
  }

  /// Puts the elements into the byte order that the options ask for, which is returned.
  private func reorder(
    _ output: inout MutableRawSpan, _ pipeline: Pipeline, _ wireOrder: ByteOrder, _ options: DecodeOptions
  ) throws(TensogramError) -> ByteOrder {
    let wanted = options.nativeByteOrder ? .native : wireOrder
    if pipeline.elementOrder != wanted {
      try ByteSwap.swap(&output, width: pipeline.dtype.swapWidth, workers: options.workers)
    }
    return wanted
  }
}

/// All elements of an object, to take ranges from.
private final class DecodedElements {
  private let buffer: ScratchBuffer

  init(_ buffer: consuming ScratchBuffer) { self.buffer = buffer }

  func copy(_ elements: Range<Int>, width: Int, into output: inout MutableRawSpan) {
    buffer.copy(elements.lowerBound * width..<elements.upperBound * width, into: &output)
  }
}

extension LocatedObject {
  var shapeText: String { "[" + descriptor.shape.extents.map(String.init).joined(separator: ", ") + "]" }
}
