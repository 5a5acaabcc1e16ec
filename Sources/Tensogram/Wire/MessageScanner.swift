/// Finds the messages in a source, past anything that is none (wire format §7).
///
///     for range in try MessageScanner.scan(source) { … }
///
/// Costs a read of 32 bytes per message longer than a page, and one pass over what is shorter or not a message.
/// Contents never make it throw; only reading can.
public struct MessageScanner {
  private let source: any ByteSource
  private let limit: Int
  private var failedFrames: Set<Int> = []
  /// Start magics that were found and not looked at yet, the last first, and where the search for more goes on: a block
  /// is read once, however many of them it has.
  private var magics: [Int] = []
  private var searchEnd = 0

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
    guard let preamble = Preamble(ifSupported: try window.bytes(position..<position + WireFormat.preambleSize)) else {
      return nil
    }
    if preamble.totalLength == 0 { return try walkedEnd(at: position) }
    guard preamble.totalLength >= UInt64(WireFormat.smallestMessage), preamble.totalLength <= UInt64(limit - position)
    else { return nil }
    let end = position + Int(preamble.totalLength)
    // Of the page behind a long message nothing is wanted but the next preamble.
    let ahead = end - position > ByteWindow.pieceSize ? WireFormat.preambleSize : nil
    let isWhole = try window.bytes(end - 8..<end, ahead: ahead).matches(WireFormat.endMagic, at: 0)
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

  /// The first start magic at or behind `position`; positions only rise.
  private mutating func nextMagic(from position: Int) throws(TensogramError) -> Int? {
    while true {
      while let magic = magics.popLast() { if magic >= position { return magic } }
      searchEnd = max(searchEnd, position)
      guard searchEnd + WireFormat.smallestMessage <= limit else { return nil }
      try searchBlock()
    }
  }

  private static let blockSize = 1 << 20

  private mutating func searchBlock() throws(TensogramError) {
    // Blocks overlap by seven bytes, so that no magic is cut.
    let block = searchEnd..<min(searchEnd + Self.blockSize + 7, limit)
    var found: [Int] = []
    try source.withBytes(block) { (bytes) throws(TensogramError) in
      var offset = 0
      while let hit = bytes.extracting(offset..<bytes.byteCount).firstOffset(of: WireFormat.startMagic) {
        found.append(block.lowerBound + offset + hit)
        offset += hit + 1
      }
    }
    magics = found.reversed()
    searchEnd += Self.blockSize
  }
}
