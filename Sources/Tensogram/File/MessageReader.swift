/// How elements are to be decoded.
public struct DecodeOptions: Sendable {
  /// Elements in this machine's byte order; else in the payload's.
  public var nativeByteOrder = true
  /// Put NaN and infinities back where masks say they were; else there are zeros.
  public var restoresNonFinite = true
  /// Check the object's hash before its payload is decoded.
  public var verifyHash = false
  public var workers = Workers()

  public init(
    nativeByteOrder: Bool = true, restoresNonFinite: Bool = true, verifyHash: Bool = false,
    workers: Workers = Workers()
  ) {
    self.nativeByteOrder = nativeByteOrder
    self.restoresNonFinite = restoresNonFinite
    self.verifyHash = verifyHash
    self.workers = workers
  }
}

/// One message in a source: its metadata, descriptors, and elements, each read when asked for.
///
///     let message = try MessageReader(source)
///     let descriptor = try message.descriptor(0)
///     try message.read(0, descriptor, into: &bytes)
///
/// Reading takes no lock: one value may serve many threads at once.
public struct MessageReader: Sendable {
  public let source: any ByteSource
  public let layout: MessageLayout

  /// Reads positions only: a preamble, the frame headers, the postamble.
  public init(_ source: any ByteSource, at start: Int = 0) throws(TensogramError) {
    self.source = source
    layout = try MessageLayout(of: source, at: start)
  }

  /// Trusts that `layout` is of `source`.
  init(_ source: any ByteSource, layout: MessageLayout) {
    self.source = source
    self.layout = layout
  }

  public var objectCount: Int { layout.objects.count }

  /// The complete metadata: the footer's where there is one, else the header's; preceders laid over it; one entry in
  /// `base` for each object.
  ///
  /// Throws a metadata error for CBOR or content that is none.
  public func metadata() throws(TensogramError) -> Metadata {
    guard let frame = layout.footerMetadata ?? layout.headerMetadata else {
      throw .metadata("no metadata frame in the message at byte \(layout.range.lowerBound)")
    }
    var metadata = try metadata(in: frame)
    guard metadata.base.count <= objectCount else {
      throw .metadata("metadata has \(metadata.base.count) base entries but the message has \(objectCount) objects")
    }
    while metadata.base.count < objectCount { metadata.base.append(CBORMap()) }
    for (index, object) in layout.objects.enumerated() {
      guard let preceder = object.preceder else { continue }
      let base = try self.metadata(in: preceder).base
      guard base.count == 1 else {
        throw .metadata("a preceder must have one base entry, the one of object \(index) has \(base.count)")
      }
      metadata.overlay(base[0], on: index)
    }
    return metadata
  }

  /// Entries in `base` before those are added that are missing.
  func declaredEntryCount() throws(TensogramError) -> Int {
    guard let frame = layout.footerMetadata ?? layout.headerMetadata else { return 0 }
    return try metadata(in: frame).base.count
  }

  /// The digests of all objects by the list in the header or footer; `nil` where there is no list of known digests.
  func listedDigests() throws(TensogramError) -> [String]? {
    let isList = { (frame: MessageLayout.Frame) in frame.type == .headerHashes || frame.type == .footerHashes }
    guard let frame = layout.directories.last(where: isList) else { return nil }
    let list = try source.withBytes(frame.body) { (bytes) throws(TensogramError) in
      try Directory.Hashes(cbor: CBORReader.decode(bytes))
    }
    return list.algorithm == Directory.Hashes.knownAlgorithm ? list.digests : nil
  }

  private func metadata(in frame: MessageLayout.Frame) throws(TensogramError) -> Metadata {
    try source.withBytes(frame.body) { (bytes) throws(TensogramError) in
      try Metadata(cbor: CBORReader.decode(bytes))
    }
  }

  /// The descriptor of object `index`; an object error where there is none.
  public func descriptor(_ index: Int) throws(TensogramError) -> DataObjectDescriptor {
    try located(index).descriptor
  }

  /// All descriptors, in order.
  public func descriptors() throws(TensogramError) -> [DataObjectDescriptor] {
    var descriptors: [DataObjectDescriptor] = []
    descriptors.reserveCapacity(objectCount)
    for index in 0..<objectCount { descriptors.append(try descriptor(index)) }
    return descriptors
  }

  /// Throws an object error where there is no object `index`.
  public func requireObject(_ index: Int) throws(TensogramError) {
    guard layout.objects.indices.contains(index) else {
      throw .object("object index \(index) out of range (num_objects=\(objectCount))")
    }
  }

  /// An object's descriptor and where its payload stands.
  public func located(_ index: Int) throws(TensogramError) -> LocatedObject {
    try requireObject(index)
    return try locating(object: index) { () throws(TensogramError) in
      let (value, region) = try descriptorValue(index)
      return LocatedObject(index, try DataObjectDescriptor(cbor: value), payloadRegion: region)
    }
  }

  /// The CBOR of an object's descriptor, and the bytes of the frame that are payload and masks. The object is there.
  func descriptorValue(_ index: Int) throws(TensogramError) -> (value: CBORValue, payloadRegion: Range<Int>) {
    let object = layout.objects[index]
    let body = object.frame.body
    return try source.withBytes(object.descriptorStart..<body.upperBound) { (bytes) throws(TensogramError) in
      if object.descriptorIsLast { return (try CBORReader.decode(bytes), body.lowerBound..<object.descriptorStart) }
      let (value, size) = try CBORReader.decodePrefix(bytes)
      return (value, object.descriptorStart + size..<body.upperBound)
    }
  }
}

/// An object of a message with its descriptor read.
public struct LocatedObject: Sendable {
  public let index: Int
  public let descriptor: DataObjectDescriptor
  /// Payload and mask blobs, in the source.
  public let payloadRegion: Range<Int>
  /// The payload alone.
  public let payload: Range<Int>

  init(_ index: Int, _ descriptor: DataObjectDescriptor, payloadRegion: Range<Int>) {
    self.index = index
    self.descriptor = descriptor
    self.payloadRegion = payloadRegion
    var end = payloadRegion.count
    // What is wrong with a mask is found when it is read.
    for entry in descriptor.masks?.entries ?? [] {
      guard let offset = entry.value.map?["offset"]?.int, offset >= 0 else { continue }
      end = min(end, offset)
    }
    payload = payloadRegion.lowerBound..<payloadRegion.lowerBound + end
  }
}
