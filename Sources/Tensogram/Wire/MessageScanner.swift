/// Finds the messages in a source, past anything that is none (wire format §7).
///
///     for range in try MessageScanner.scan(source) { … }
///
/// Costs one read of a page per message, or one pass over what is not a message. Contents never make it throw; only
/// reading can.
public struct MessageScanner {
  private let source: any ByteSource
  private let limit: Int
  private var failedFrames: Set<Int> = []

  /// The ranges of all messages from `start` on, in order.
  ///
  /// Listed is what has a preamble, a length that fits, and the end magic in its place; broken frames inside are found
  /// when the message is read. A message of unknown length is walked frame by frame.
  public static func scan(_ source: any ByteSource, from start: Int = 0) throws(TensogramError) -> [Range<Int>] {
    var scanner = MessageScanner(source: source, limit: try source.count())
    var window = try ByteWindow(source)
    var messages: [Range<Int>] = []
    var position = start
    while position + WireFormat.smallestMessage <= scanner.limit {
      if let end = try scanner.messageEnd(at: position, &window) {
        messages.append(position..<end)
        position = end
      } else {
        guard let next = try scanner.nextMagic(from: position + 1) else { break }
        position = next
      }
    }
    return messages
  }

  /// Where the message that ends at `end` starts, by its postamble; `nil` where that does not tell.
  public static func start(of source: any ByteSource, endingAt end: Int) throws(TensogramError) -> Int? {
    guard end >= WireFormat.smallestMessage, end <= (try source.count()) else { return nil }
    let postamble = try source.withBytes(end - WireFormat.postambleSize..<end) {
      (bytes) throws(TensogramError) in Postamble(parsing: bytes)
    }
    guard let length = postamble?.totalLength, length >= UInt64(WireFormat.smallestMessage), length <= UInt64(end)
    else { return nil }
    let start = end - Int(length)
    let found = try source.withBytes(start..<start + 8) { (bytes) throws(TensogramError) in
      bytes.matches(WireFormat.startMagic, at: 0)
    }
    return found ? start : nil
  }

  private init(source: any ByteSource, limit: Int) {
    self.source = source
    self.limit = limit
  }

  /// The end of the message at `position`, `nil` where there is none.
  private mutating func messageEnd(at position: Int, _ window: inout ByteWindow) throws(TensogramError) -> Int? {
    let preamble: Preamble
    do { preamble = try Preamble(parsing: window.bytes(position..<position + WireFormat.preambleSize)) } catch {
      if case .system = error.kind { throw error }
      return nil
    }
    if preamble.totalLength == 0 { return try walkedEnd(at: position) }
    guard preamble.totalLength >= UInt64(WireFormat.smallestMessage), preamble.totalLength <= UInt64(limit - position)
    else { return nil }
    let end = position + Int(preamble.totalLength)
    let isWhole = try window.bytes(end - 8..<end).matches(WireFormat.endMagic, at: 0)
    return isWhole ? end : nil
  }

  private mutating func walkedEnd(at position: Int) throws(TensogramError) -> Int? {
    do {
      var walker = try FrameWalker(source, at: position)
      return try walker.end(failed: &failedFrames)
    } catch {
      if case .system = error.kind { throw error }
      return nil
    }
  }

  /// The first start magic at or behind `position`.
  private func nextMagic(from position: Int) throws(TensogramError) -> Int? {
    let blockSize = 1 << 20
    var blockStart = position
    while blockStart + WireFormat.smallestMessage <= limit {
      // Blocks overlap by seven bytes, so that no magic is cut.
      let block = blockStart..<min(blockStart + blockSize + 7, limit)
      let found = try source.withBytes(block) { (bytes) throws(TensogramError) in
        bytes.firstOffset(of: WireFormat.startMagic)
      }
      if let found { return blockStart + found }
      blockStart += blockSize
    }
    return nil
  }
}
