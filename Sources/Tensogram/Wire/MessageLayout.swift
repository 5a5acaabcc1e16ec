/// Where the parts of one message stand in a source: positions only, no payload byte is read to find them.
///
/// Made by walking the frame headers, one read of a page a frame at most, so an index frame is not needed and a wrong
/// one does no harm.
public struct MessageLayout: Sendable {
  /// First byte of the preamble to last byte of the postamble, in the source.
  public internal(set) var range: Range<Int>
  public internal(set) var flags: PreambleFlags
  /// What the preamble says; 0 where it was not known when the message was written.
  public internal(set) var declaredLength: Int
  public internal(set) var headerMetadata: Frame?
  public internal(set) var footerMetadata: Frame?
  /// Index and hash frames.
  public internal(set) var directories: [Frame] = []
  public internal(set) var objects: [ObjectFrame] = []

  /// One frame; ranges are in the source.
  public struct Frame: Sendable {
    public var type: FrameType
    /// Header to `ENDF`.
    public var range: Range<Int>
    /// What the hash slot holds; `nil` where the frame is not hashed.
    public var digest: UInt64?

    /// What the digest covers: between header and footer.
    public var body: Range<Int> {
      range.lowerBound + FrameHeader.size..<range.upperBound - type.footerSize
    }
  }

  /// A data object's frame.
  public struct ObjectFrame: Sendable {
    public var frame: Frame
    /// Where the descriptor's CBOR starts, in the source.
    public var descriptorStart: Int
    /// Whether it stands behind the payload.
    public var descriptorIsLast: Bool
    /// The metadata frame directly in front, where there is one.
    public var preceder: Frame?
  }

  init(start: Int, flags: PreambleFlags, declaredLength: Int) {
    range = start..<start
    self.flags = flags
    self.declaredLength = declaredLength
  }

  /// The layout of the message that starts at `start`.
  ///
  /// Throws a framing error, with the position of what is wrong, for anything but one whole message; bytes behind it do
  /// not matter.
  public init(of source: any ByteSource, at start: Int = 0) throws(TensogramError) {
    var walker = try FrameWalker(source, at: start)
    self = try walker.layout()
  }
}

/// Walks the frames of one message.
struct FrameWalker: ~Copyable {
  var window: ByteWindow
  let start: Int
  let preamble: Preamble
  /// Where the postamble starts; `nil` until a message of unknown length is at its end.
  private(set) var postambleStart: Int?

  init(_ source: any ByteSource, at start: Int) throws(TensogramError) {
    var window = try ByteWindow(source)
    let size = min(max(window.limit - start, 0), WireFormat.preambleSize)
    let preamble = try Preamble(parsing: window.bytes(start..<start + size))
    if preamble.totalLength != 0 {
      postambleStart = try Self.checkedPostamble(preamble.totalLength, &window, start)
    }
    self.window = window
    self.start = start
    self.preamble = preamble
  }

  private static func checkedPostamble(
    _ length: UInt64, _ window: inout ByteWindow, _ start: Int
  ) throws(TensogramError) -> Int {
    let available = window.limit - start
    guard length >= UInt64(WireFormat.smallestMessage), length <= UInt64(available) else {
      throw .framing(
        "message at byte \(start) claims a total length of \(length) bytes, possible are "
          + "\(WireFormat.smallestMessage) to \(available)")
    }
    let position = start + Int(length) - WireFormat.postambleSize
    guard try Postamble(parsing: window.bytes(position..<position + WireFormat.postambleSize)) != nil else {
      throw .framing("end magic missing at byte \(position + 16) of a message of \(length) bytes")
    }
    return position
  }

  mutating func layout() throws(TensogramError) -> MessageLayout {
    var layout = MessageLayout(start: start, flags: preamble.flags, declaredLength: Int(preamble.totalLength))
    var position = start + WireFormat.preambleSize
    var phase = FrameType.Phase.header
    var preceder: MessageLayout.Frame?
    while let frameStart = try nextFrame(after: position) {
      let (frame, descriptor) = try self.frame(at: frameStart)
      guard frame.type.phase >= phase else {
        throw .framing("frame order: a \(frame.type.name) frame at byte \(frameStart) after one of a later phase")
      }
      phase = frame.type.phase
      if let dangling = preceder, frame.type != .dataObject { throw Self.dangling(dangling) }
      layout.add(frame, descriptor, &preceder)
      position = frame.range.upperBound
    }
    if let preceder { throw Self.dangling(preceder) }
    guard layout.headerMetadata != nil || layout.footerMetadata != nil else {
      throw .metadata("no metadata frame in the message at byte \(start)")
    }
    layout.range = start..<(postambleStart ?? position) + WireFormat.postambleSize
    return layout
  }

  private static func dangling(_ preceder: MessageLayout.Frame) -> TensogramError {
    .framing("the preceder at byte \(preceder.range.lowerBound) is not followed by a data object")
  }

  /// The end of the message, whose length is not in its preamble; a frame start in `failed` ends the walk at once, and
  /// the frames that an unsuccessful walk saw are added to it, so that many walks cost no more than one.
  mutating func end(failed: inout Set<Int>) throws(TensogramError) -> Int {
    var seen: [Int] = []
    var position = start + WireFormat.preambleSize
    do throws(TensogramError) {
      while let frameStart = try nextFrame(after: position) {
        if failed.contains(frameStart) { throw TensogramError.framing("no end found") }
        seen.append(frameStart)
        position = try frame(at: frameStart).frame.range.upperBound
      }
    } catch {
      failed.formUnion(seen)
      throw error
    }
    return (postambleStart ?? position) + WireFormat.postambleSize
  }

  /// Where the frame after `position` starts, or `nil` at the postamble.
  mutating func nextFrame(after position: Int) throws(TensogramError) -> Int? {
    if let end = postambleStart { return try findFrame(from: position, to: end) }
    // Of unknown length: here is a frame or the postamble, behind up to 7 bytes of padding, or some more.
    let searchEnd = position + Self.longestGap
    var candidate = start + (position - start).roundedUp(to: WireFormat.alignment)
    if try isPostamble(at: candidate) {
      postambleStart = candidate
      return nil
    }
    candidate = position
    while candidate < searchEnd {
      if try isFrame(at: candidate) { return candidate }
      if try isPostamble(at: candidate) {
        postambleStart = candidate
        return nil
      }
      candidate += 1
    }
    throw .framing("neither a frame nor the end of the message within \(Self.longestGap) bytes from byte \(position)")
  }

  /// How far behind a frame the next thing is looked for where the message's end is not known.
  private static let longestGap = 64

  private mutating func findFrame(from position: Int, to end: Int) throws(TensogramError) -> Int? {
    var candidate = position
    while candidate + FrameHeader.size <= end {
      if try isFrame(at: candidate) { return candidate }
      candidate += 1
    }
    return nil
  }

  private mutating func isFrame(at position: Int) throws(TensogramError) -> Bool {
    guard position + FrameHeader.size <= window.limit else { return false }
    return try window.bytes(position..<position + 2).matches(WireFormat.frameMagic, at: 0)
  }

  private mutating func isPostamble(at position: Int) throws(TensogramError) -> Bool {
    guard position + WireFormat.postambleSize <= window.limit else { return false }
    let own = UInt64(position - start)
    let end = position + WireFormat.postambleSize
    guard let postamble = try Postamble(parsing: window.bytes(position..<end)) else { return false }
    return postamble.firstFooterOffset <= own && postamble.firstFooterOffset >= UInt64(WireFormat.preambleSize)
      && (postamble.totalLength == 0 || postamble.totalLength == own + UInt64(WireFormat.postambleSize))
  }

  /// The frame at `position`, and of a data object where its descriptor stands.
  mutating func frame(
    at position: Int
  ) throws(TensogramError) -> (frame: MessageLayout.Frame, descriptor: (start: Int, isLast: Bool)) {
    let available = (postambleStart ?? window.limit) - position
    let header = try FrameHeader(
      parsing: window.bytes(position..<position + min(available, FrameHeader.size)), at: position,
      available: available)
    let end = position + header.length
    let bytes = try window.bytes(end - header.type.footerSize..<end)
    guard let footer = FrameFooter(parsing: bytes, of: header.type) else {
      throw .framing("ENDF missing at byte \(end - 4), the end of the \(header.type.name) frame at byte \(position)")
    }
    let frame = MessageLayout.Frame(at: position, header, footer)
    guard header.type == .dataObject else { return (frame, (0, false)) }
    guard header.descriptorOffsets.contains(footer.descriptorOffset) else {
      throw .framing(
        "descriptor offset \(footer.descriptorOffset) of the data object frame at byte \(position) is outside "
          + "\(header.descriptorOffsets)")
    }
    return (frame, (position + Int(footer.descriptorOffset), header.flags.contains(.descriptorLast)))
  }
}

extension MessageLayout.Frame {
  init(at position: Int, _ header: FrameHeader, _ footer: FrameFooter) {
    type = header.type
    range = position..<position + header.length
    digest = header.flags.contains(.hashed) ? footer.hashSlot : nil
  }
}

extension MessageLayout {
  /// Takes the next frame; `preceder` is the one in front that waits for its object.
  mutating func add(
    _ frame: Frame, _ descriptor: (start: Int, isLast: Bool), _ preceder: inout Frame?
  ) {
    switch frame.type {
    case .headerMetadata: headerMetadata = frame
    case .footerMetadata: footerMetadata = frame
    case .headerIndex, .footerIndex, .headerHashes, .footerHashes: directories.append(frame)
    case .precederMetadata: preceder = frame
    case .dataObject:
      objects.append(
        ObjectFrame(
          frame: frame, descriptorStart: descriptor.start, descriptorIsLast: descriptor.isLast, preceder: preceder))
      preceder = nil
    }
  }
}
