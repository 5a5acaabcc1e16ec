/// Walks the frames of a message as ``FrameWalker`` does, and goes on wherever the next frame can still be found.
struct StructureCheck: ~Copyable {
  private let source: any ByteSource
  private let range: Range<Int>
  private let start: Int
  private var window: ByteWindow
  private var phase = FrameType.Phase.header
  private var preceder: MessageLayout.Frame?
  private var frames: [MessageLayout.Frame] = []
  private var firstFooter: Int?

  init(_ source: any ByteSource, _ range: Range<Int>) throws(TensogramError) {
    self.source = source
    self.range = range
    start = range.lowerBound
    window = try ByteWindow(source)
  }

  /// What was found; `nil` where preamble or postamble leave nothing to walk.
  mutating func run(_ log: inout IssueLog) throws(TensogramError) -> FoundMessage? {
    guard let preamble = try preamble(&log),
      let (position, postamble) = try postamble(preamble, &log)
    else { return nil }
    var layout = MessageLayout(start: start, flags: preamble.flags, declaredLength: Int(preamble.totalLength))
    layout.range = start..<position + WireFormat.postambleSize
    try walk(to: position, &layout, &log)
    checkFooterOffset(postamble, at: position, &log)
    if let preceder {
      log.add(
        .danglingPreceder, .structure,
        "the preceder at byte \(preceder.range.lowerBound - start) is not followed by a data object")
    }
    checkFlags(preamble.flags, &log)
    if !frames.contains(where: { $0.type == .headerMetadata || $0.type == .footerMetadata }) {
      log.add(.noMetadataFrame, .structure, "no metadata frame, neither in the header nor in the footer")
    }
    return FoundMessage(reader: MessageReader(source, layout: layout), frames: frames)
  }

  // MARK: Preamble and postamble

  private mutating func preamble(_ log: inout IssueLog) throws(TensogramError) -> Preamble? {
    let (start, size) = (start, min(range.count, WireFormat.preambleSize))
    let bytes = try window.bytes(start..<start + size)
    let code: ValidationIssue.Code =
      size < WireFormat.preambleSize
      ? .bufferTooShort : bytes.matches(WireFormat.startMagic, at: 0) ? .preambleParseFailed : .invalidMagic
    do { return try Preamble(parsing: bytes) } catch {
      log.add(code, .structure, at: start, error.text)
      return nil
    }
  }

  /// Where the postamble stands, and what it says.
  private mutating func postamble(
    _ preamble: Preamble, _ log: inout IssueLog
  ) throws(TensogramError) -> (position: Int, Postamble)? {
    let length = preamble.totalLength
    if length == 0 { return try postamble(at: walkedEnd() - WireFormat.postambleSize, &log) }
    let lengthOffset = start + Preamble.totalLengthOffset
    guard length <= UInt64(range.count) else {
      log.add(
        .totalLengthExceedsBuffer, .structure, at: lengthOffset,
        "total length \(length) exceeds the \(range.count) bytes that are there")
      return nil
    }
    guard length >= UInt64(WireFormat.smallestMessage) else {
      log.add(
        .totalLengthTooSmall, .structure, at: lengthOffset,
        "total length \(length) is smaller than the smallest message, \(WireFormat.smallestMessage) bytes")
      return nil
    }
    return try postamble(at: start + Int(length) - WireFormat.postambleSize, &log)
  }

  private mutating func postamble(
    at position: Int, _ log: inout IssueLog
  ) throws(TensogramError) -> (position: Int, Postamble)? {
    guard position >= start + WireFormat.preambleSize,
      let postamble = try Postamble(parsing: window.bytes(position..<position + WireFormat.postambleSize))
    else {
      log.add(
        .postambleInvalid, .structure, at: max(position, start),
        "end magic missing: no postamble at byte \(max(position - start, 0))")
      return nil
    }
    let offset = postamble.firstFooterOffset
    let allowed = UInt64(WireFormat.preambleSize)...UInt64(position - start)
    if !allowed.contains(offset) {
      log.add(
        .footerOffsetOutOfRange, .structure, at: position,
        "first footer offset \(offset) is outside \(allowed.lowerBound)...\(allowed.upperBound)")
    }
    return (position, postamble)
  }

  /// The end of a message of unknown length: where its frames lead, else the end of the range.
  private func walkedEnd() throws(TensogramError) -> Int {
    let end = try contained { () throws(TensogramError) in
      var walker = try FrameWalker(source, at: start)
      var failed: Set<Int> = []
      return try walker.end(failed: &failed)
    } report: { _ in
    }
    if let end, end <= range.upperBound { return end }
    return range.upperBound
  }

  // MARK: Frames

  private mutating func walk(
    to end: Int, _ layout: inout MessageLayout, _ log: inout IssueLog
  ) throws(TensogramError) {
    var position = start + WireFormat.preambleSize
    while true {
      let gap = try GapSearch.run(&window, from: position, to: end)
      if let first = gap.firstNonZero {
        log.add(
          .nonZeroPadding, .structure, at: first,
          "bytes that are not zero between frames, from byte \(first - start) on")
      }
      guard let frameStart = gap.frameStart else { return }
      guard let (frame, header, footer) = try frame(at: frameStart, end, &log) else { return }
      checkOrder(frame, &log)
      position = frame.range.upperBound
      guard frame.type == .dataObject else {
        frames.append(frame)
        layout.add(frame, (0, false), &preceder)
        continue
      }
      try add(frame, header, footer, preceder.take(), to: &layout, &log)
    }
  }

  /// The whole frame at `position`; `nil` where its length cannot be believed.
  private mutating func frame(
    at position: Int, _ end: Int, _ log: inout IssueLog
  ) throws(TensogramError) -> (MessageLayout.Frame, FrameHeader, FrameFooter)? {
    let available = end - position
    let offset = position - start
    let header: FrameHeader
    switch try readHeader(at: position, available: available) {
    case .success(let read): header = read
    case .failure(let fault):
      log.add(Self.code(fault, at: offset), .structure, at: position, fault.text(at: offset, available: available))
      return nil
    }
    let frameEnd = position + header.length
    guard let footer = try readFooter(of: header.type, endingAt: frameEnd) else {
      log.add(
        .missingEndMarker, .structure, at: frameEnd - 4,
        "ENDF missing at byte \(offset + header.length - 4), the end of the \(header.type.name) frame at byte \(offset)"
      )
      return nil
    }
    return (MessageLayout.Frame(at: position, header, footer), header, footer)
  }

  private mutating func readHeader(
    at position: Int, available: Int
  ) throws(TensogramError) -> Result<FrameHeader, FrameHeader.Fault> {
    let bytes = try window.bytes(position..<position + min(FrameHeader.size, available))
    do throws(FrameHeader.Fault) { return .success(try FrameHeader(reading: bytes, available: available)) } catch {
      return .failure(error)
    }
  }

  private mutating func readFooter(of type: FrameType, endingAt end: Int) throws(TensogramError) -> FrameFooter? {
    FrameFooter(parsing: try window.bytes(end - type.footerSize..<end), of: type)
  }

  private static func code(_ fault: FrameHeader.Fault, at offset: Int) -> ValidationIssue.Code {
    switch fault {
    case .truncated: .truncatedFrameHeader
    case .noMagic, .unknownType: .invalidFrameHeader
    case .tooSmall: .frameTooSmall
    case .tooLong(_, let length):
      UInt64(offset).addingReportingOverflow(length).overflow ? .frameLengthOverflow : .frameExceedsMessage
    }
  }

  private mutating func checkOrder(_ frame: MessageLayout.Frame, _ log: inout IssueLog) {
    let position = frame.range.lowerBound
    if frame.type.phase < phase {
      log.add(
        .frameOrderViolation, .structure, at: position,
        "frame order: a \(frame.type.name) frame at byte \(position - start) after one of the \(phase)")
    }
    phase = max(phase, frame.type.phase)
    if frame.type.phase == .footer && firstFooter == nil { firstFooter = position }
    if let waiting = preceder, frame.type != .dataObject {
      log.add(
        .precederNotFollowedByObject, .structure, at: position,
        "the preceder at byte \(waiting.range.lowerBound - start) is followed by a \(frame.type.name) frame at byte "
          + "\(position - start), not by a data object")
      preceder = nil
    }
  }

  /// Adds a data object, unless its descriptor has no place in the frame.
  private func add(
    _ frame: MessageLayout.Frame, _ header: FrameHeader, _ footer: FrameFooter, _ preceder: MessageLayout.Frame?,
    to layout: inout MessageLayout, _ log: inout IssueLog
  ) throws(TensogramError) {
    let index = layout.objects.count
    let position = frame.range.lowerBound
    guard header.descriptorOffsets.contains(footer.descriptorOffset) else {
      log.add(
        .descriptorOffsetInvalid, .structure, object: index, at: position,
        "descriptor offset \(footer.descriptorOffset) of the data object frame at byte \(position - start) is outside "
          + "\(header.descriptorOffsets)")
      return
    }
    let descriptorStart = position + Int(footer.descriptorOffset)
    let isLast = header.flags.contains(.descriptorLast)
    if !isLast {
      let size = try contained { () throws(TensogramError) in
        try source.withBytes(descriptorStart..<frame.body.upperBound) { (bytes) throws(TensogramError) in
          try CBORReader.decodePrefix(bytes).byteCount
        }
      } report: { error in
        log.add(
          .payloadStartUnknown, .structure, object: index, at: position,
          "the descriptor in front of the payload cannot be read, so the payload has no start: \(error.text)")
      }
      if size == nil { return }
    }
    var preceder = preceder
    layout.add(frame, (descriptorStart, isLast), &preceder)
  }

  // MARK: What preamble and postamble say of the frames

  private func checkFooterOffset(_ postamble: Postamble, at position: Int, _ log: inout IssueLog) {
    let expected = (firstFooter ?? position) - start
    if postamble.firstFooterOffset != UInt64(expected) {
      log.add(
        .footerOffsetMismatch, .structure,
        "first footer offset \(postamble.firstFooterOffset) is not where the first footer frame, or else the "
          + "postamble, stands: \(expected)")
    }
  }

  private func checkFlags(_ flags: PreambleFlags, _ log: inout IssueLog) {
    let expectations: [(PreambleFlags, FrameType)] = [
      (.headerMetadata, .headerMetadata), (.footerMetadata, .footerMetadata), (.headerIndex, .headerIndex),
      (.footerIndex, .footerIndex), (.headerHashes, .headerHashes), (.footerHashes, .footerHashes),
      (.preceders, .precederMetadata),
    ]
    for (flag, type) in expectations {
      let isThere = frames.contains { $0.type == type }
      if flags.contains(flag) == isThere { continue }
      log.add(
        .flagMismatch, .structure, at: start + Preamble.flagsOffset,
        "the preamble's flag for \(type.name) frames is \(isThere ? "clear, but there are some" : "set, but there are none")"
      )
    }
  }
}
