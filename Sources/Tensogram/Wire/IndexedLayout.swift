/// What the frames around the data objects and the index among them say, found without looking at a data object.
enum IndexedLayout {
  /// The index accounts for every byte between header and footer: a data object's frame stands at each of these places.
  /// That still has to be checked, frame by frame, when it is read: see ``MessageLayout/ObjectFrame/unread(_:)``.
  case complete(MessageLayout)
  /// There is no such index. Ranges that an index names, as they may be a help, or none.
  case incomplete([Range<Int>])
}

extension FrameWalker {
  /// Reads header and footer frames only. A message of unknown length has no complete index; damage of these frames is
  /// a framing or metadata error, which need not be one for ``layout()``.
  mutating func indexedLayout() throws(TensogramError) -> IndexedLayout {
    guard let end = postambleStart else { return .incomplete([]) }
    let postamble = try Postamble(parsing: window.bytes(end..<end + WireFormat.postambleSize))
    guard let offset = postamble.flatMap({ Int(exactly: $0.firstFooterOffset) }),
      (WireFormat.preambleSize...end - start).contains(offset)
    else { return .incomplete([]) }
    let footerStart = start + offset
    var layout = MessageLayout(start: start, flags: preamble.flags, declaredLength: Int(preamble.totalLength))
    layout.range = start..<end + WireFormat.postambleSize
    let bodyStart = try addFrames(of: .header, from: start + WireFormat.preambleSize, to: footerStart, &layout)
    guard try addFrames(of: .footer, from: footerStart, to: end, &layout) == end,
      layout.headerMetadata != nil || layout.footerMetadata != nil
    else { return .incomplete([]) }
    let frames = try indexedFrames(layout, within: bodyStart..<footerStart)
    guard isGapless(frames, bodyStart..<footerStart) else { return .incomplete(frames) }
    layout.objects = frames.map(MessageLayout.ObjectFrame.unread)
    return .complete(layout)
  }

  /// Adds the frames of one phase; returns where the first of another one starts, or `end`.
  private mutating func addFrames(
    of phase: FrameType.Phase, from first: Int, to end: Int, _ layout: inout MessageLayout
  ) throws(TensogramError) -> Int {
    var position = first
    var preceder: MessageLayout.Frame?
    while position < end, let frameStart = try nextFrame(after: position), frameStart < end {
      let header = try FrameHeader(
        parsing: window.bytes(frameStart..<frameStart + FrameHeader.size), at: frameStart, available: end - frameStart)
      if header.type.phase != phase { return frameStart }
      let frame = try frame(at: frameStart).frame
      layout.add(frame, (0, false), &preceder)
      position = frame.range.upperBound
    }
    return end
  }

  private func indexedFrames(
    _ layout: MessageLayout, within body: Range<Int>
  ) throws(TensogramError) -> [Range<Int>] {
    let isIndex = { (frame: MessageLayout.Frame) in frame.type == .headerIndex || frame.type == .footerIndex }
    guard let frame = layout.directories.last(where: isIndex) else { return [] }
    let index = try window.source.withBytes(frame.body) { (bytes) throws(TensogramError) in
      try Directory.Index(cbor: CBORReader.decode(bytes))
    }
    var frames: [Range<Int>] = []
    for (offset, length) in zip(index.offsets, index.lengths) {
      guard offset <= UInt64(body.upperBound - start), length <= UInt64(body.upperBound - start) - offset else {
        return []
      }
      let first = start + Int(offset)
      frames.append(first..<first + Int(length))
    }
    return frames
  }

  /// Whether the frames, and up to 7 bytes of padding behind each, are all that stands in `body`.
  private func isGapless(_ frames: [Range<Int>], _ body: Range<Int>) -> Bool {
    var position = body.lowerBound
    for frame in frames {
      guard frame.lowerBound == position, frame.count >= FrameType.dataObject.smallestLength else { return false }
      position = start + (frame.upperBound - start).roundedUp(to: WireFormat.alignment)
    }
    return position == body.upperBound
  }
}

extension MessageLayout.ObjectFrame {
  /// A place of which only the index speaks: it has no digest and an empty descriptor until it is read.
  static func unread(_ range: Range<Int>) -> MessageLayout.ObjectFrame {
    let frame = MessageLayout.Frame(type: .dataObject, range: range, digest: nil)
    return MessageLayout.ObjectFrame(
      frame: frame, descriptorStart: frame.body.upperBound, descriptorIsLast: true, preceder: nil)
  }
}
