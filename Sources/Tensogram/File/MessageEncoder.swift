/// Encodes a whole message into memory: header frames, then the objects (wire format §2).
///
///     let encoder = try MessageEncoder(metadata, objects)
///     let bytes = try encoder.encode()
public struct MessageEncoder: Sendable {
  private let metadata: [UInt8]
  let objects: [ObjectEncoder]
  let options: EncodeOptions

  /// Checks metadata, descriptors and parameters; errors of an object name its index.
  ///
  /// `metadata` is the caller's, without the library's part: a `_reserved_` in it is a metadata error, and so are more
  /// `base` entries than objects.
  public init(
    _ metadata: Metadata, _ objects: [DataObject], options: EncodeOptions = EncodeOptions()
  ) throws(TensogramError) {
    guard metadata.base.count <= objects.count else {
      throw .metadata("metadata has \(metadata.base.count) base entries but the message has \(objects.count) objects")
    }
    try metadata.requireCallersOnly()
    var encoders: [ObjectEncoder] = []
    encoders.reserveCapacity(objects.count)
    for (index, object) in objects.enumerated() {
      encoders.append(
        try locating(object: index) { () throws(TensogramError) in try ObjectEncoder(object, options) })
    }
    self.objects = encoders
    self.options = options
    self.metadata = try CBORWriter.encode(metadata.completed(for: objects.map(\.descriptor)).cbor)
  }

  private var hasHashes: Bool { options.isHashed && !objects.isEmpty && options.hashDirectory != .none }
  private var hasHeaderHashes: Bool { hasHashes && options.hashDirectory != .footer }
  private var hasFooterHashes: Bool { hasHashes && options.hashDirectory != .header }

  private var flags: PreambleFlags {
    var flags: PreambleFlags = .headerMetadata
    if !objects.isEmpty { flags.insert(.headerIndex) }
    if hasHeaderHashes { flags.insert(.headerHashes) }
    if hasFooterHashes { flags.insert(.footerHashes) }
    if options.isHashed { flags.insert(.hashed) }
    return flags
  }

  /// Room that ``encode(into:)`` needs: the message's size, or more where a codec decides it.
  public func maximumSize() throws(TensogramError) -> Int {
    var size = WireFormat.smallestMessage + FrameWriter.paddedLength(.headerMetadata, metadata.count)
    if !objects.isEmpty {
      size += FrameWriter.paddedLength(.headerIndex, Directory.largestIndexSize(objects.count))
    }
    if hasHashes { size += 2 * FrameWriter.paddedLength(.headerHashes, Directory.hashesSize(objects.count)) }
    for object in objects {
      let (sum, overflow) = size.addingReportingOverflow(try object.maximumLength())
      if overflow { throw .object("the objects of this message are too large together") }
      size = sum
    }
    return size
  }

  /// The message in an array of its own.
  public func encode() throws(TensogramError) -> [UInt8] {
    var buffer = try ScratchBuffer(byteCount: maximumSize())
    let size = try encode(into: &buffer)
    return buffer.array(size)
  }

  private func encode(into buffer: inout ScratchBuffer) throws(TensogramError) -> Int {
    try buffer.withOutput { (output) throws(TensogramError) in try encode(into: &output) }
  }

  /// Appends the message to `output`, which has room for ``maximumSize()``.
  ///
  /// All or nothing: what is in `output` after an error is not a message. Errors of an object name its index.
  public func encode(into output: inout OutputRawSpan) throws(TensogramError) {
    let start = output.byteCount
    let writer = FrameWriter(isHashed: options.isHashed)
    Preamble(flags: flags, totalLength: 0).write(into: &output)
    writer.write(.headerMetadata, metadata, messageStart: start, into: &output)
    let directoriesStart = output.byteCount
    // Index and hashes stand in front of the objects, but are known only behind them: their room is left open.
    let room = directoryRoom(from: directoriesStart - start)
    output.appendZeros(room)
    var written = try writeObjects(into: &output, messageStart: start)
    try placeDirectories(&written, writer, start, directoriesStart, room, &output)
    let footerOffset = output.byteCount - start
    if hasFooterHashes {
      writer.write(.footerHashes, Directory.hashes(written), messageStart: start, into: &output)
    }
    let length = output.byteCount - start + WireFormat.postambleSize
    Postamble(firstFooterOffset: UInt64(footerOffset), totalLength: UInt64(length)).write(into: &output)
    var bytes = output.mutableBytes
    bytes.storeBigEndian(UInt64(length), at: start + Preamble.totalLengthOffset)
  }

  /// Bytes to leave open for index and hashes: exact where every object's size is as predicted.
  private func directoryRoom(from offset: Int) -> Int {
    if objects.isEmpty { return 0 }
    var room = hasHeaderHashes ? FrameWriter.paddedLength(.headerHashes, Directory.hashesSize(objects.count)) : 0
    room += FrameWriter.paddedLength(.headerIndex, predictedIndexSize(from: offset + room))
    return room
  }

  private func predictedIndexSize(from offset: Int) -> Int {
    var lengths: [Int] = []
    for object in objects {
      guard let length = object.predictedLength else { return Directory.largestIndexSize(objects.count) }
      lengths.append(length)
    }
    // The index's own size moves the offsets in it; it settles after a step or two.
    var size = 0
    while true {
      var position = offset + FrameWriter.paddedLength(.headerIndex, size)
      var predicted: [WrittenObject] = []
      predicted.reserveCapacity(lengths.count)
      for length in lengths {
        predicted.append(WrittenObject(offset: position, length: length, digest: 0))
        position += length.roundedUp(to: WireFormat.alignment)
      }
      let next = Directory.indexSize(predicted)
      if next <= size { return size }
      size = next
    }
  }

  /// Writes index and hashes into the room in front of the objects, and moves the objects where they need less or more.
  private func placeDirectories(
    _ written: inout [WrittenObject], _ writer: FrameWriter, _ start: Int, _ directoriesStart: Int, _ room: Int,
    _ output: inout OutputRawSpan
  ) throws(TensogramError) {
    if objects.isEmpty { return }
    let hashes = hasHeaderHashes ? Directory.hashes(written) : []
    let hashesLength = hasHeaderHashes ? FrameWriter.paddedLength(.headerHashes, hashes.count) : 0
    // Moving the objects one way moves the size of their index the same way, so this settles.
    var surplus = 0
    while true {
      let size = FrameWriter.paddedLength(.headerIndex, Directory.indexSize(written, shift: surplus))
      let next = room - hashesLength - size
      if next == surplus { break }
      surplus = next
    }
    let index = Directory.index(written, shift: surplus)
    for position in written.indices { written[position].offset -= surplus }
    var directories = try ScratchBuffer(byteCount: room - surplus)
    let size = try directories.withOutput { (output) throws(TensogramError) in
      writer.write(.headerIndex, index, messageStart: 0, into: &output)
      if hasHeaderHashes { writer.write(.headerHashes, hashes, messageStart: 0, into: &output) }
    }
    output.replace(directoriesStart..<directoriesStart + room, with: directories.bytes.extracting(0..<size))
  }
}

extension Metadata {
  /// Throws a metadata error where the caller's metadata has what is the library's.
  func requireCallersOnly() throws(TensogramError) {
    if !reserved.isEmpty { throw .metadata("'_reserved_' is the library's and must not be given") }
    for (index, entry) in base.enumerated() where entry[Self.reservedKey] != nil {
      throw .metadata("'_reserved_' is the library's and must not be given, here in base[\(index)]")
    }
  }

  /// With the library's provenance, and an entry for each object that says what its tensor is.
  func completed(for descriptors: [DataObjectDescriptor]) -> Metadata {
    var complete = self
    complete.reserved = Provenance.message()
    complete.base = descriptors.enumerated().map { index, descriptor in
      var entry = index < base.count ? base[index] : CBORMap()
      entry[Self.reservedKey] = .map(Provenance.tensor(descriptor))
      return entry
    }
    return complete
  }
}
