/// Looks for the messages of a remote source, step by step (wire format §7): by the lengths in preambles from the
/// front, by those in postambles from the back, and both by one round of requests.
struct MessageSearch {
  /// Found from the front.
  private(set) var messages: [Range<Int>] = []
  private(set) var isComplete = false
  /// Found from the back, the last one first; they count when the search from the front has come to them.
  private var last: [Range<Int>] = []
  /// The message in front of those by its postamble; its preamble has to be seen yet.
  private var candidate: Range<Int>?
  /// Whether looking from the back has not led to nothing.
  private var looksBack = true

  /// What a step reads behind the end of a message: the next one's preamble, and most metadata.
  static let readAhead = 12 << 10
  /// What a step reads where messages are so small that it may hold several.
  private static let readOfSmall = 256 << 10
  private static let smallMessage = 64 << 10
  /// What it reads of the end of a message: its postamble, and most often a descriptor.
  private static let readBefore = 4 << 10

  /// Where the next message from the front is looked for.
  var position: Int { messages.last?.upperBound ?? 0 }

  /// Finds the next message, or that there is none.
  mutating func advance(in source: RemoteSource, isBothWays: Bool) throws(TensogramError) {
    let position = position
    guard position + WireFormat.smallestMessage <= source.count() else { return finish() }
    let preamble = try source.withBytes(position..<position + WireFormat.preambleSize) { Preamble(ifSupported: $0) }
    guard let preamble else { return finish() }
    if preamble.totalLength == 0 { return try walk(source, from: position) }
    guard let length = Int(exactly: preamble.totalLength), length >= WireFormat.smallestMessage,
      length <= source.count() - position
    else { return finish() }
    let message = position..<position + length
    let end = candidate?.lowerBound ?? last.last?.lowerBound ?? source.count()
    let looksBack = isBothWays && self.looksBack && end > message.upperBound
    try read(around: message, in: source, and: looksBack ? end : nil)
    let isWhole = try source.withBytes(message.upperBound - 8..<message.upperBound) {
      $0.matches(WireFormat.endMagic, at: 0)
    }
    guard isWhole else { return finish() }
    messages.append(message)
    if looksBack { try lookBack(in: source, from: end) }
    if let first = last.last, first.lowerBound == message.upperBound {
      messages += last.reversed()
      finish()
    } else if let first = candidate ?? last.last, first.lowerBound < message.upperBound {
      stopLookingBack()
    }
  }

  private mutating func finish() {
    isComplete = true
    stopLookingBack()
  }

  private mutating func stopLookingBack() {
    looksBack = false
    candidate = nil
    last = []
  }

  /// One round of requests for the end of `message`, and what stands in front of `end`.
  private func read(around message: Range<Int>, in source: RemoteSource, and end: Int?) throws(TensogramError) {
    let isSmall = message.count <= Self.smallMessage
    let (before, ahead) = isSmall ? (Self.readOfSmall, Self.readOfSmall) : (Self.readBefore, Self.readAhead)
    var windows: [Range<Int>] = []
    if !source.holds(message.upperBound - 8..<message.upperBound + WireFormat.preambleSize) {
      windows.append(message.upperBound - min(Self.readBefore, message.count)..<message.upperBound + ahead)
    }
    if let end, !source.holds(end - WireFormat.postambleSize..<end + WireFormat.preambleSize) {
      windows.append(max(end - before, 0)..<end + Self.readAhead)
    }
    try source.hold(windows)
  }

  /// Sees to the candidate, and takes the message that ends at `end` for the next one.
  private mutating func lookBack(in source: RemoteSource, from end: Int) throws(TensogramError) {
    if let candidate {
      let preamble = try source.withBytes(end..<end + WireFormat.preambleSize) { Preamble(ifSupported: $0) }
      guard preamble?.totalLength == UInt64(candidate.count) else { return stopLookingBack() }
      last.append(candidate)
      self.candidate = nil
    }
    let postamble = try source.withBytes(end - WireFormat.postambleSize..<end) { Postamble(parsing: $0) }
    guard let length = postamble.flatMap({ Int(exactly: $0.totalLength) }), length >= WireFormat.smallestMessage,
      length <= end - position
    else {
      looksBack = false
      return
    }
    // The one at the position itself is found from the front.
    if length < end - position { candidate = end - length..<end }
  }

  private mutating func walk(_ source: RemoteSource, from position: Int) throws(TensogramError) {
    var failed: Set<Int> = []
    do throws(TensogramError) {
      var walker = try FrameWalker(source, at: position)
      messages.append(position..<(try walker.end(failed: &failed)))
    } catch {
      guard error.kind == .framing || error.kind == .metadata else { throw error }
      finish()
    }
  }
}
