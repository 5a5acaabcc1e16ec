/// Where a streaming encoder puts its bytes.
public protocol MessageSink: AnyObject, Sendable {
  /// Whether ``overwrite(at:with:)`` works.
  var canSeek: Bool { get }

  /// Appends `bytes`; after an error none of them count as written.
  func append(_ bytes: RawSpan) throws(TensogramError)

  /// Replaces bytes that were appended; `offset` counts from the first byte appended.
  func overwrite(at offset: Int, with bytes: RawSpan) throws(TensogramError)
}

/// Writes a message object by object, without holding more than one of them (wire format §2).
///
///     let encoder = try StreamingEncoder(metadata, to: sink)
///     try encoder.write(object)
///     try encoder.finish()
///
/// The message starts with the caller's metadata and ends with the complete metadata, hashes and index.
public final class StreamingEncoder {
  private let sink: any MessageSink
  private let metadata: Metadata
  private let options: EncodeOptions
  /// Bytes given to the sink.
  private var position = 0
  private var written: [WrittenObject] = []
  private var descriptors: [DataObjectDescriptor] = []
  private var preceders: [Int: CBORMap] = [:]
  private var pendingPreceder: CBORMap?
  public private(set) var isFinished = false

  /// Writes preamble and the caller's metadata.
  public init(
    _ metadata: Metadata, to sink: any MessageSink, options: EncodeOptions = EncodeOptions(hashDirectory: .footer)
  ) throws(TensogramError) {
    try metadata.requireCallersOnly()
    guard options.hashDirectory == .footer || options.hashDirectory == .none else {
      throw .encoding("a streaming encoder can put the list of hashes into the footer only")
    }
    self.sink = sink
    self.metadata = metadata
    self.options = options
    let body = try CBORWriter.encode(metadata.cbor)
    position += try emit(capacity: WireFormat.preambleSize + FrameWriter.paddedLength(.headerMetadata, body.count)) {
      (output) throws(TensogramError) in
      Preamble(flags: announcedFlags, totalLength: 0).write(into: &output)
      writer.write(.headerMetadata, body, messageStart: 0, into: &output)
    }
  }

  public var objectCount: Int { written.count }

  private var writer: FrameWriter { FrameWriter(isHashed: options.isHashed) }

  /// What the preamble says before the end is known.
  private var announcedFlags: PreambleFlags {
    var flags: PreambleFlags = [.headerMetadata, .footerMetadata, .footerIndex]
    if options.isHashed { flags.insert(.hashed) }
    if options.isHashed && options.hashDirectory == .footer { flags.insert(.footerHashes) }
    if !sink.canSeek { flags.insert(.preceders) }
    return flags
  }

  /// Announces metadata of the object written next, which readers can have before they have its payload.
  ///
  /// A `_reserved_` in it, or a second one before an object, is an error.
  public func writePreceder(_ entry: CBORMap) throws(TensogramError) {
    try requireUnfinished()
    guard pendingPreceder == nil else { throw .framing("a preceder must be followed by a data object") }
    let preceder = Metadata(base: [entry])
    try preceder.requireCallersOnly()
    let body = try CBORWriter.encode(preceder.cbor)
    position += try emit(capacity: FrameWriter.paddedLength(.precederMetadata, body.count)) {
      (output) throws(TensogramError) in
      writer.write(.precederMetadata, body, messageStart: 0, into: &output)
    }
    pendingPreceder = entry
  }

  /// Writes one object, with other workers than the options say if some are given; an error leaves the message as it
  /// was before.
  public func write(_ object: DataObject, workers: Workers? = nil) throws(TensogramError) {
    try requireUnfinished()
    let index = written.count
    var options = options
    options.workers = workers ?? options.workers
    do throws(TensogramError) {
      let encoder = try ObjectEncoder(object, options)
      var frame = WrittenObject(offset: 0, length: 0, digest: 0)
      let start = position
      position += try emit(capacity: encoder.maximumLength()) { (output) throws(TensogramError) in
        // Every frame starts at a multiple of the alignment, so padding counts from here as from the message start.
        frame = try encoder.write(into: &output, messageStart: 0, workers: options.workers)
      }
      frame.offset = start
      written.append(frame)
    } catch {
      throw error.at(object: index)
    }
    descriptors.append(object.descriptor)
    if let preceder = pendingPreceder {
      preceders[index] = preceder
      pendingPreceder = nil
    }
  }

  /// Writes the footer and the postamble. With `backfill`, on a sink that can seek, both total lengths are filled in.
  public func finish(backfill: Bool = false) throws(TensogramError) {
    try requireUnfinished()
    if pendingPreceder != nil { throw .framing("a preceder must be followed by a data object") }
    let footerOffset = position
    let footer = try footerFrames()
    var length = 0
    let size = footer.reduce(WireFormat.postambleSize) { $0 + FrameWriter.paddedLength($1.type, $1.body.count) }
    // All at once, so that an error leaves the message as it was before.
    position += try emit(capacity: size) { (output) throws(TensogramError) in
      for frame in footer { writer.write(frame.type, frame.body, messageStart: 0, into: &output) }
      if backfill && sink.canSeek { length = footerOffset + output.byteCount + WireFormat.postambleSize }
      Postamble(firstFooterOffset: UInt64(footerOffset), totalLength: UInt64(length)).write(into: &output)
    }
    isFinished = true
    if sink.canSeek { try correctPreamble(Preamble(flags: flags(of: footer), totalLength: UInt64(length))) }
  }

  private func footerFrames() throws(TensogramError) -> [(type: FrameType, body: [UInt8])] {
    var frames: [(type: FrameType, body: [UInt8])] = [(.footerMetadata, try CBORWriter.encode(completeMetadata.cbor))]
    // Where the preamble cannot be corrected, what it announced is written even without objects.
    if written.isEmpty && sink.canSeek { return frames }
    if announcedFlags.contains(.footerHashes) { frames.append((.footerHashes, Directory.hashes(written))) }
    frames.append((.footerIndex, Directory.index(written)))
    return frames
  }

  /// What the preamble says in the end.
  private func flags(of footer: [(type: FrameType, body: [UInt8])]) -> PreambleFlags {
    var flags: PreambleFlags = [.headerMetadata, .footerMetadata]
    if options.isHashed { flags.insert(.hashed) }
    if !preceders.isEmpty { flags.insert(.preceders) }
    if footer.contains(where: { $0.type == .footerHashes }) { flags.insert(.footerHashes) }
    if footer.contains(where: { $0.type == .footerIndex }) { flags.insert(.footerIndex) }
    return flags
  }

  private var completeMetadata: Metadata {
    var complete = metadata
    if complete.base.count > written.count { complete.base.removeLast(complete.base.count - written.count) }
    while complete.base.count < written.count { complete.base.append(CBORMap()) }
    for (index, entry) in preceders { complete.overlay(entry, on: index) }
    return complete.completed(for: descriptors)
  }

  private func requireUnfinished() throws(TensogramError) {
    if isFinished { throw .encoding("the streaming encoder has already finished its message") }
  }

  /// Gives the sink what `body` appends, at once; returns how much that was.
  private func emit(
    capacity: Int, _ body: (inout OutputRawSpan) throws(TensogramError) -> Void
  ) throws(TensogramError) -> Int {
    var buffer = try ScratchBuffer(byteCount: capacity)
    let size = try buffer.withOutput(body)
    try sink.append(buffer.bytes.extracting(0..<size))
    return size
  }

  private func correctPreamble(_ preamble: Preamble) throws(TensogramError) {
    var buffer = try ScratchBuffer(byteCount: WireFormat.preambleSize)
    let size = try buffer.withOutput { (output) throws(TensogramError) in preamble.write(into: &output) }
    try sink.overwrite(at: 0, with: buffer.bytes.extracting(0..<size))
  }
}
