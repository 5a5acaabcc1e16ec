/// Writes one data object's frame (wire format §5): payload, masks, descriptor.
struct ObjectEncoder: Sendable {
  let object: DataObject
  let pipeline: Pipeline
  /// The descriptor's CBOR without what the stages add.
  private let descriptor: [UInt8]
  private let options: EncodeOptions

  /// Checks everything that can be checked without the values.
  init(_ object: DataObject, _ options: EncodeOptions) throws(TensogramError) {
    let descriptor = object.descriptor
    if descriptor.type.isEmpty { throw .metadata("descriptor field 'type' must not be empty") }
    guard descriptor.strides.count == descriptor.shape.rank else {
      throw .metadata(
        "strides.len() is \(descriptor.strides.count) but the shape has \(descriptor.shape.rank) dimensions")
    }
    if descriptor.masks != nil || descriptor.parameters["masks"] != nil {
      throw .metadata("descriptor field 'masks' is the library's to write")
    }
    if object.isEncoded { try EncodedPayload.checkBlockOffsets(object) }
    let pipeline = try Pipeline(descriptor)
    var complete = object
    complete.descriptor = pipeline.spellingOutDefaults(of: descriptor)
    self.object = complete
    self.pipeline = pipeline
    self.options = options
    self.descriptor = try CBORWriter.encode(complete.descriptor.cbor)
    if object.isEncoded {
      try EncodedPayload.check(object, pipeline)
      return
    }
    guard object.bytes.byteCount == pipeline.decodedSize else {
      throw .encoding(
        "data of \(object.bytes.byteCount) bytes does not match the descriptor: shape \(descriptor.shape.extents) of "
          + "\(descriptor.dtype.rawValue) takes \(pipeline.decodedSize)")
    }
  }

  /// The frame's length, without padding and masks, where it does not depend on the values, else `nil`.
  var predictedLength: Int? {
    if object.isEncoded { return FrameWriter.length(.dataObject, object.bytes.byteCount + descriptor.count) }
    if pipeline.addsParameters { return nil }
    return pipeline.fixedPayloadSize.map { FrameWriter.length(.dataObject, $0 + descriptor.count) }
  }

  /// The most bytes the frame takes, with padding.
  func maximumLength() throws(TensogramError) -> Int {
    if object.isEncoded {
      return FrameWriter.paddedLength(.dataObject, object.bytes.byteCount + descriptor.count)
    }
    let described =
      descriptor.count + pipeline.maximumParameterSize
      + (pipeline.dtype.isFloatingPoint ? options.masks.maximumSize(pipeline.count) : 0)
    let (body, overflow) = try pipeline.maximumPayloadSize().addingReportingOverflow(described)
    if overflow || body > Int.max / 2 { throw .object("an object of \(pipeline.decodedSize) bytes is too large") }
    return FrameWriter.paddedLength(.dataObject, body)
  }

  /// Larger payloads are hashed piece by piece while they are in cache.
  private static let smallPayload = 256 << 10

  /// Appends the frame and its padding; the message started at `messageStart` of `output`.
  func write(
    into output: inout OutputRawSpan, messageStart: Int, workers: Workers
  ) throws(TensogramError) -> WrittenObject {
    let start = output.byteCount
    let isHashed = options.isHashed
    let flags: FrameHeader.Flags = isHashed ? [.descriptorLast, .hashed] : [.descriptorLast]
    FrameHeader(type: .dataObject, flags: flags, length: 0).write(into: &output)
    let bodyStart = output.byteCount
    let stream = isHashed && object.bytes.byteCount > Self.smallPayload ? XXH3.Stream() : nil
    var masks = masks
    let added = try writePayload(into: &output, &masks, workers) { part in stream?.update(part) }
    let payloadEnd = output.byteCount
    let blobs = try masks.blobs()
    blobs.append(to: &output)
    let descriptorStart = output.byteCount
    output.append(
      copying: try descriptor(with: added, blobs.descriptorEntry(payloadSize: payloadEnd - bodyStart)))
    var digest: UInt64 = 0
    if let stream {
      stream.update(output.bytes.extracting(payloadEnd..<output.byteCount))
      digest = stream.digest
    } else if isHashed {
      digest = XXH3.hash(output.bytes.extracting(bodyStart..<output.byteCount))
    }
    output.appendBigEndian(UInt64(descriptorStart - start))
    output.appendBigEndian(digest)
    output.append(WireFormat.frameEndMagic)
    let length = output.byteCount - start
    Self.fillIn(length, at: start + FrameHeader.lengthOffset, &output)
    FrameWriter.pad(messageStart: messageStart, &output)
    return WrittenObject(offset: start - messageStart, length: length, digest: digest)
  }

  /// Takes out what is not finite, where the options allow that.
  private var masks: MaskWriter {
    MaskWriter(
      dtype: pipeline.dtype, order: object.order, count: pipeline.count, options: options.masks)
  }

  private func writePayload(
    into output: inout OutputRawSpan, _ masks: inout MaskWriter, _ workers: Workers, payloadPart: (RawSpan) -> Void
  ) throws(TensogramError) -> Pipeline.Parameters {
    if object.isEncoded {
      output.append(copying: object.bytes)
      payloadPart(object.bytes)
      return []
    }
    return try pipeline.encode(
      object.bytes, order: object.order, into: &output, masks: &masks, workers: workers,
      payloadPart: payloadPart)
  }

  private func descriptor(
    with added: Pipeline.Parameters, _ masks: CBORMap?
  ) throws(TensogramError) -> [UInt8] {
    if added.isEmpty && masks == nil { return descriptor }
    var complete = object.descriptor
    complete.masks = masks
    for (key, value) in added { complete.parameters[key] = value }
    return try CBORWriter.encode(complete.cbor)
  }

  private static func fillIn(_ length: Int, at offset: Int, _ output: inout OutputRawSpan) {
    var bytes = output.mutableBytes
    bytes.storeBigEndian(UInt64(length), at: offset)
  }
}
