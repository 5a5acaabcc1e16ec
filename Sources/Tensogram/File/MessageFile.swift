/// Messages, one after the other, that can be read one by one: a local file, or a remote one.
public protocol MessageFile: AnyObject, Sendable {
  /// Path or URL, as it was given.
  var path: String { get }

  /// How many messages there are.
  func messageCount() throws(TensogramError) -> Int

  /// Where message `index` stands; a framing error where there is no such message.
  func range(of index: Int) throws(TensogramError) -> Range<Int>

  /// The bytes of message `index`, into `output`, which has exactly its size.
  func readMessage(_ index: Int, into output: inout MutableRawSpan) throws(TensogramError)

  /// Message `index`, with its metadata read.
  func anyMessage(_ index: Int) throws(TensogramError) -> any FileMessage

  /// Gives back what is open and forgets what is known; the next use opens it again.
  func close() throws(TensogramError)
}

/// What of an object a caller is going to read.
public enum ObjectPart: Sendable {
  case elements([Range<Int>])
  case selection(Selection)
  case all(verifyingHash: Bool)
}

/// A message of a file: metadata, then objects and readers for as much of them as is asked for.
///
/// Readers come with the bytes that they will need on their way already, where that is worth it. Values are immutable
/// to callers, so many threads may use one at once.
public protocol FileMessage: AnyObject, Sendable {
  var index: Int { get }
  var metadata: Metadata { get }

  /// The local file whose bytes can be lent out; `nil` where there is none.
  var lendableSource: FileSource? { get }

  /// Object `index`; an object error where there is none.
  func object(_ index: Int) throws(TensogramError) -> LocatedObject

  /// All objects in order.
  func allObjects() throws(TensogramError) -> [LocatedObject]

  /// The digests that the objects were written with; `nil` for one without.
  func digests() throws(TensogramError) -> [UInt64?]

  /// All objects, with a reader to decode them all.
  func wholeMessage() throws(TensogramError) -> (MessageReader, [LocatedObject])

  /// Object `index`, with a reader to decode all of it.
  func wholeObject(_ index: Int, verifyingHash: Bool) throws(TensogramError) -> (MessageReader, LocatedObject)

  /// A reader for a part of an object.
  func reader(of part: ObjectPart, in object: LocatedObject) throws(TensogramError) -> MessageReader
}

extension TensogramError {
  static func messageIndex(_ index: Int, outOf count: Int) -> TensogramError {
    .framing("message index \(index) out of range (count=\(count))")
  }
}

extension TensogramFile: MessageFile {
  public func anyMessage(_ index: Int) throws(TensogramError) -> any FileMessage { try message(index) }

  public func range(of index: Int) throws(TensogramError) -> Range<Int> {
    let ranges = try ranges()
    guard ranges.indices.contains(index) else {
      throw TensogramError.messageIndex(index, outOf: ranges.count).at(file: path)
    }
    return ranges[index]
  }
}

extension OpenMessage: FileMessage {
  public var lendableSource: FileSource? { source }

  public func allObjects() -> [LocatedObject] { objects }

  public func digests() -> [UInt64?] { reader.layout.objects.map(\.frame.digest) }

  public func wholeMessage() -> (MessageReader, [LocatedObject]) { (reader, objects) }

  public func wholeObject(
    _ index: Int, verifyingHash: Bool
  ) throws(TensogramError) -> (MessageReader, LocatedObject) {
    (reader, try object(index))
  }

  public func reader(of part: ObjectPart, in object: LocatedObject) -> MessageReader { reader }
}
