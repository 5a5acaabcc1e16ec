import CPython
import Tensogram

/// An object on a server by its URL, which `tensogram._remote.RemoteObject` opens and reads.
final class RemoteObject: Sendable {
  let url: String
  private let object: HeldObject

  /// TypeError or ValueError for options that cannot be; nothing is asked of the server yet.
  init(_ url: String, _ options: borrowing PythonObject) throws(PythonError) {
    self.url = url
    let type = try PythonObject.module("tensogram._remote").attribute(Name.remoteObject)
    let object = try type.call(.tuple(PythonObject(text: url), PythonObject(options)))
    self.object = HeldObject(object)
  }

  /// The messages of the object; an OSError where it cannot be read, or does not start with one.
  func file(searchesBothWays: Bool) throws(PythonError) -> RemoteFile {
    try releasingGIL(work: .max) { () throws(TensogramError) in
      try RemoteFile(url, searchesBothWays: searchesBothWays) { () throws(TensogramError) in try self.open() }
    }
  }

  /// What makes it again from a pickle.
  func reduced(searchesBothWays: Bool) throws(PythonError) -> PythonObject {
    let reopen = try PythonObject.module("tensogram._remote").attribute(Name.reopen)
    return try .tuple(
      reopen,
      .tuple(PythonObject(text: url), object.object.attribute(Name.options), PythonObject(searchesBothWays)))
  }

  /// What tells the object from a later one, as it was when it was last opened; None where the server tells nothing.
  func version() throws(PythonError) -> PythonObject { try object.object.attribute(Name.version) }

  /// What reads remote objects, and its version; nil where it is not installed.
  static func backend() throws(PythonError) -> (name: String, version: String)? {
    let backend = try PythonObject.module("tensogram._remote").attribute(InternedString("backend_version")).call()
    return backend.isNone ? nil : ("fsspec", try backend.text())
  }

  /// Asks the server for its size and its first bytes.
  private func open() throws(TensogramError) -> RemoteSource {
    try CarriedException.from { () throws(PythonError) in
      let reader = try object.object.attribute(Name.open).call()
      let size = try reader.attribute(Name.size).unsigned("the size of '\(url)'")
      guard let size = Int(exactly: size) else { throw .value("'\(url)' claims \(size) bytes") }
      let bytes = try reader.attribute(Name.head)
      let head = try BufferView(bytes)
      let fetch = try reader.attribute(Name.fetch)
      let fetcher = PythonFetcher(HeldObject(fetch))
      // The view holds the bytes.
      let first = unsafe RawSpan(_unsafeBytes: UnsafeRawBufferPointer(head.memory))
      return RemoteSource(size: size, fetcher: fetcher, first: first)
    }
  }

  /// Whether `source` is to be opened by ``init(_:_:)`` rather than as a path.
  static func isMeant(by source: String) throws(PythonError) -> Bool {
    guard source.contains("://") else { return false }
    let isRemote = try PythonObject.module("tensogram._remote").attribute(InternedString("is_remote_source"))
    return try isRemote.call(.tuple(PythonObject(text: source))).isTrue()
  }
}

/// Gets byte ranges by a Python function that takes a list of `(start, stop)` and returns a list of `bytes`.
final class PythonFetcher: RangeFetcher {
  private let function: HeldObject

  init(_ function: HeldObject) { self.function = function }

  func fetch(
    _ ranges: [Range<Int>], _ take: (Int, RawSpan) throws(TensogramError) -> Void
  ) throws(TensogramError) {
    let answers = try CarriedException.from { () throws(PythonError) in try call(ranges) }
    // Copied without the GIL: the answers, which nobody else has, keep the bytes.
    for number in ranges.indices { try take(number, unsafe RawSpan(_unsafeBytes: answers.bytes[number])) }
    withExtendedLifetime(answers.owner) {}
  }

  private func call(_ ranges: [Range<Int>]) throws(PythonError) -> Answers {
    let list = try PythonObject.list(count: ranges.count) { (number) throws(PythonError) in
      try .tuple([ranges[number].lowerBound, ranges[number].upperBound])
    }
    let returned = try function.object.call(.tuple(list))
    let answers = unsafe try PythonObject(PySequence_Tuple(returned.pointer))
    guard try answers.count() == ranges.count else {
      throw .runtime("\(try answers.count()) answers came for \(ranges.count) ranges")
    }
    var bytes: [UnsafeRawBufferPointer] = unsafe []
    for number in ranges.indices {
      let item = try answers.tupleItem(number)
      guard item.isBytes, let start = unsafe PyBytes_AsString(item.pointer) else {
        throw .type("a range must come as bytes, not as \(item.typeName)")
      }
      unsafe bytes.append(UnsafeRawBufferPointer(start: start, count: try item.count()))
    }
    return unsafe Answers(owner: HeldObject(answers), bytes: bytes)
  }
}

/// What a Python function returned, with the memory of each `bytes` in it.
@safe private struct Answers {
  let owner: HeldObject
  let bytes: [UnsafeRawBufferPointer]
}
