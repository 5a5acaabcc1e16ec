import Synchronization

/// The messages of an object on a server or in an object store, each read when it is asked for.
///
///     let file = try RemoteFile("https://example.org/forecast.tgm") { try open() }
///     let metadata = try file.message(0).metadata
///
/// Any number of threads may read at once; no lock is held while bytes are on their way. Messages are looked for by
/// their lengths, one request for each of some size, from the front and, where all are wanted, from the back at the same
/// time. What is no message ends the search.
public final class RemoteFile: MessageFile {
  /// The URL.
  public let path: String
  private let open: @Sendable () throws(TensogramError) -> RemoteSource
  private let searchesBothWays: Bool
  private let state: Mutex<State>

  private struct State {
    var source: RemoteSource?
    var search = MessageSearch()
    var opened: [Int: RemoteMessage] = [:]
    /// Tells what was done before ``close()`` from what is done after it.
    var generation = 0

    /// More messages are not kept.
    static let mostOpened = 1024

    mutating func remember(_ message: RemoteMessage) {
      if opened.count >= Self.mostOpened { opened.removeAll(keepingCapacity: true) }
      opened[message.index] = message
    }
  }

  /// Opens at once; a remote error for what does not start with a message.
  public init(
    _ url: String, searchesBothWays: Bool = true, open: @escaping @Sendable () throws(TensogramError) -> RemoteSource
  ) throws(TensogramError) {
    path = url
    self.open = open
    self.searchesBothWays = searchesBothWays
    let source = try Self.checked(open, url)
    state = Mutex(State(source: source))
  }

  private static func checked(
    _ open: () throws(TensogramError) -> RemoteSource, _ url: String
  ) throws(TensogramError) -> RemoteSource {
    try locating(file: url) { () throws(TensogramError) in
      let source = try open()
      let size = source.count()
      guard size >= WireFormat.smallestMessage else {
        throw TensogramError(
          .remote, "no message: \(size) bytes, the smallest message has \(WireFormat.smallestMessage)")
      }
      try source.withBytes(0..<WireFormat.preambleSize) { (bytes) throws(TensogramError) in
        do throws(TensogramError) { _ = try Preamble(parsing: bytes) } catch {
          throw TensogramError(.remote, error.text)
        }
      }
      return source
    }
  }

  public func messageCount() throws(TensogramError) -> Int { try find(upTo: nil).messages.count }

  public func range(of index: Int) throws(TensogramError) -> Range<Int> {
    let messages = try find(upTo: index).messages
    guard messages.indices.contains(index) else {
      throw TensogramError.messageIndex(index, outOf: messages.count).at(file: path)
    }
    return messages[index]
  }

  public func readMessage(_ index: Int, into output: inout MutableRawSpan) throws(TensogramError) {
    let range = try range(of: index)
    try locating(file: path, message: index) { () throws(TensogramError) in
      guard output.byteCount == range.count else {
        throw .object("message \(index) has \(range.count) bytes, the result \(output.byteCount)")
      }
      try source().read(at: range.lowerBound, into: &output)
    }
  }

  public func anyMessage(_ index: Int) throws(TensogramError) -> any FileMessage { try message(index) }

  /// Message `index`, with its metadata read; a framing error where there is no such message.
  public func message(_ index: Int) throws(TensogramError) -> RemoteMessage {
    if let known = opened(index) { return known }
    let range = try range(of: index)
    return try locating(file: path, message: index) { () throws(TensogramError) in
      let (source, generation) = (try source(), state.withLock { $0.generation })
      let message = try RemoteMessage(source, range, index: index)
      state.withLock { if $0.generation == generation { $0.remember(message) } }
      return message
    }
  }

  public func close() { state.withLock { $0 = State(generation: $0.generation + 1) } }

  /// Message `index` if it was opened before.
  func opened(_ index: Int) -> RemoteMessage? { state.withLock { $0.opened[index] } }

  // MARK: State

  func source() throws(TensogramError) -> RemoteSource {
    let (known, generation) = state.withLock { ($0.source, $0.generation) }
    if let known { return known }
    let source = try Self.checked(open, path)
    state.withLock { if $0.generation == generation && $0.source == nil { $0.source = source } }
    return source
  }

  /// Messages up to `index`, or all of them, as far as there are any.
  private func find(upTo index: Int?) throws(TensogramError) -> MessageSearch {
    while true {
      let (search, generation) = state.withLock { ($0.search, $0.generation) }
      if search.isComplete || index.map({ $0 < search.messages.count }) == true { return search }
      var next = search
      let isBothWays = searchesBothWays && index == nil
      try locating(file: path) { () throws(TensogramError) in try next.advance(in: source(), isBothWays: isBothWays) }
      state.withLock { state in
        // Another thread may have been quicker.
        if state.generation == generation && state.search.position == search.position { state.search = next }
      }
    }
  }
}
