import Glibc
import Synchronization

/// A `.tgm` file: messages, one after the other.
///
///     let file = try TensogramFile(opening: "forecast.tgm")
///     for index in 0..<(try file.messageCount()) {
///       let metadata = try file.message(index).metadata
///     }
///
/// Nothing is read until it is asked for; then finding the messages costs one small read each. Any number of threads
/// may read at once, also while one appends: only the list of messages is behind a lock, never a read.
public final class TensogramFile: Sendable {
  /// As it was given.
  public let path: String
  private let state: Mutex<State>

  private struct State {
    var source: FileSource?
    /// Where the messages stand; `nil` until they were looked for.
    var messages: [Range<Int>]?
    /// What the file was when `messages` was made.
    var status: FileStatus?
    var opened: [Int: OpenMessage] = [:]

    /// More messages are not kept: their descriptors cost memory, and reading them again two small reads.
    private static let mostOpened = 1024

    mutating func remember(_ message: OpenMessage) {
      if opened.count >= Self.mostOpened { opened.removeAll(keepingCapacity: true) }
      opened[message.index] = message
    }
  }

  /// Opens an existing file for reading and appending; a missing file, or a directory, is a system error at once.
  public init(opening path: String) throws(TensogramError) {
    self.path = path
    state = Mutex(State(source: try FileSource(path: path)))
  }

  /// Creates the file, with the folders that lead to it, or empties the one that is there.
  public static func create(_ path: String) throws(TensogramError) -> TensogramFile {
    try FileAppender.create(path)
    return try TensogramFile(opening: path)
  }

  /// How many messages there were when they were last looked for: at first use, and after each append.
  public func messageCount() throws(TensogramError) -> Int { try ranges().count }

  /// Where the messages stand in the file.
  public func ranges() throws(TensogramError) -> [Range<Int>] {
    try withState { (state) throws(TensogramError) in try Self.messages(&state, path) }
  }

  /// Message `index`, with metadata and descriptors read; those are kept, and re-read where the file has changed since.
  ///
  /// A framing error where there is no such message; a system error where the file at the path is gone, is another one
  /// now, or no longer holds this message where it was.
  public func message(_ index: Int) throws(TensogramError) -> OpenMessage {
    try locating(file: path) { () throws(TensogramError) in
      let place = try place(of: index)
      let now = try currentStatus(place.status)
      if let known = place.known, known.status == now { return known }
      let message: OpenMessage
      do throws(TensogramError) {
        message = try OpenMessage(place.source, place.range, index: index, status: now)
      } catch {
        // What was a message when it was found is damage of another kind when the file has changed.
        throw now == place.status ? error.at(message: index) : changed()
      }
      if let known = place.known, known.fingerprint != message.fingerprint { throw changed() }
      state.withLock { $0.remember(message) }
      return message
    }
  }

  /// The bytes of message `index`, into `output`, which has exactly its size.
  public func readMessage(_ index: Int, into output: inout MutableRawSpan) throws(TensogramError) {
    try locating(file: path, message: index) { () throws(TensogramError) in
      let place = try place(of: index)
      _ = try currentStatus(place.status)
      guard output.byteCount == place.range.count else {
        throw .object("message \(index) has \(place.range.count) bytes, the result \(output.byteCount)")
      }
      try place.source.read(at: place.range.lowerBound, into: &output)
      guard output.bytes.matches(WireFormat.startMagic, at: 0) else { throw changed() }
    }
  }

  /// Writes `message`, whole messages, at the end of the file as it is now, in one write.
  ///
  /// If that fails half-way the file is cut back to its old length. A file that is gone is created anew.
  public func append(_ message: RawSpan) throws(TensogramError) {
    try withState { (state) throws(TensogramError) in
      try FileAppender.append(message, to: path)
      let now = try FileStatus(path: path)
      let isReplaced = try state.source.map { (source) throws(TensogramError) in
        try !source.status().isSameFile(as: now)
      }
      let isCut = state.status.map { now.size < $0.size }
      if isReplaced == true || isCut == true { state = State() }
      if state.source == nil { state.source = try FileSource(path: path) }
      // Found messages stay; the next use looks behind them.
      state.status = nil
    }
  }

  /// Appends `message`, as an encoder gives it.
  public func append(_ message: [UInt8]) throws(TensogramError) {
    // Bytes have no padding that could be read.
    try append(unsafe message.span.bytes)
  }

  /// Gives back the open file, once nobody reads it any more, and all that is known of its messages; the next use opens
  /// and reads what then stands at the path.
  public func close() { state.withLock { $0 = State() } }

  // MARK: State

  private func withState<Result>(
    _ body: (inout State) throws(TensogramError) -> Result
  ) throws(TensogramError) -> Result {
    try state.withLock { (state) throws(TensogramError) -> Result in try body(&state) }
  }

  /// All that reading message `index` needs of the state.
  private struct Place {
    var source: FileSource
    var range: Range<Int>
    var known: OpenMessage?
    var status: FileStatus?
  }

  private func place(of index: Int) throws(TensogramError) -> Place {
    try withState { (state) throws(TensogramError) in
      let messages = try Self.messages(&state, path)
      guard messages.indices.contains(index) else {
        throw .messageIndex(index, outOf: messages.count)
      }
      return Place(
        source: try Self.source(&state, path), range: messages[index], known: state.opened[index],
        status: state.status)
    }
  }

  private static func source(_ state: inout State, _ path: String) throws(TensogramError) -> FileSource {
    if let source = state.source { return source }
    let source = try FileSource(path: path)
    state.source = source
    return source
  }

  private static func messages(_ state: inout State, _ path: String) throws(TensogramError) -> [Range<Int>] {
    if let messages = state.messages, state.status != nil { return messages }
    return try locating(file: path) { () throws(TensogramError) in
      let source = try source(&state, path)
      let status = try source.status()
      let known = state.messages ?? []
      let found = known + (try MessageScanner.scan(source, from: known.last?.upperBound ?? 0))
      state.messages = found
      state.status = status
      return found
    }
  }

  /// What stands at the path now, which must be the file that was opened and no shorter than it was.
  private func currentStatus(_ opened: FileStatus?) throws(TensogramError) -> FileStatus {
    let now = try FileStatus(path: path)
    if let opened, !now.isSameFile(as: opened) { throw replaced() }
    return now
  }

  private func replaced() -> TensogramError {
    TensogramError(.system(code: ESTALE), "'\(path)' was replaced by another file since it was opened").at(file: path)
  }

  private func changed() -> TensogramError {
    TensogramError(
      .system(code: ESTALE), "'\(path)' was changed since it was opened: this message is not there any more"
    )
    .at(file: path)
  }
}

/// A message of a file with everything read but its payloads. Immutable, so many threads may use it at once.
public final class OpenMessage: Sendable {
  public let source: FileSource
  public let reader: MessageReader
  public let metadata: Metadata
  public let objects: [LocatedObject]
  public let index: Int
  let status: FileStatus
  /// Tells another message at the same place.
  let fingerprint: UInt64

  init(_ source: FileSource, _ range: Range<Int>, index: Int, status: FileStatus) throws(TensogramError) {
    self.source = source
    self.index = index
    self.status = status
    let paged = try MessageReader(
      PagedSource(source, size: status.size, message: range), at: range.lowerBound)
    metadata = try paged.metadata()
    var objects: [LocatedObject] = []
    objects.reserveCapacity(paged.objectCount)
    for index in 0..<paged.objectCount { objects.append(try paged.located(index)) }
    self.objects = objects
    fingerprint = try Self.fingerprint(paged)
    reader = MessageReader(source, layout: paged.layout)
  }

  /// A digest of the places of all objects and of the message's metadata, provenance with its uuid included.
  private static func fingerprint(_ reader: MessageReader) throws(TensogramError) -> UInt64 {
    var places: [UInt64] = []
    let frames = [reader.layout.headerMetadata, reader.layout.footerMetadata].compactMap { $0 }
    for frame in frames { places.append(try reader.digest(of: frame.body)) }
    for object in reader.layout.objects {
      places.append(UInt64(object.frame.range.lowerBound))
      places.append(UInt64(object.frame.range.upperBound))
      places.append(try reader.digest(of: object.descriptorStart..<object.frame.range.upperBound))
    }
    // Integers have no padding that could be read.
    return XXH3.hash(unsafe places.span.bytes)
  }

  /// Object `index`; an object error where there is none.
  public func object(_ index: Int) throws(TensogramError) -> LocatedObject {
    try locating(file: source.path, message: self.index) { () throws(TensogramError) in
      try reader.requireObject(index)
      return objects[index]
    }
  }
}
