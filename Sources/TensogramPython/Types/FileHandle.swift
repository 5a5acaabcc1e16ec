import CPython
import Tensogram

/// The file behind a `TensogramFile` or `AsyncTensogramFile`: a local one by its path, or a remote one by its URL.
final class FileHandle: Sendable {
  enum Origin: Sendable {
    case local(TensogramFile)
    case remote(RemoteFile, RemoteObject, searchesBothWays: Bool)
  }

  let origin: Origin

  init(_ origin: Origin) { self.origin = origin }

  var file: any MessageFile {
    switch origin {
    case .local(let file): file
    case .remote(let file, _, _): file
    }
  }

  /// Path or URL, as it was given.
  var path: String { file.path }

  var isRemote: Bool { if case .remote = origin { true } else { false } }

  func count() throws(PythonError) -> Int {
    try releasingGIL(work: .max) { () throws(TensogramError) in try file.messageCount() }
  }

  func message(_ index: Int) throws(PythonError) -> any FileMessage {
    try releasingGIL(work: .max) { () throws(TensogramError) in try file.anyMessage(index) }
  }

  /// Message `index`, decoded with default options.
  func decodedMessage(_ index: Int) throws(PythonError) -> PythonObject {
    try decodedMessage(index, ReadOptions(workers: ThreadSetting.workers(0)))
  }

  func decodedMessage(_ index: Int, _ options: ReadOptions) throws(PythonError) -> PythonObject {
    let message = try message(index)
    let (reader, objects) = try asking { () throws(TensogramError) in try message.wholeMessage() }
    let builder = options.builder(for: message, of: self)
    try builder.checkMetadata(of: reader)
    return try builder.message(reader, message.metadata, objects)
  }

  /// The bytes of message `index`.
  func bytes(_ index: Int) throws(PythonError) -> PythonObject {
    let range = try reading { () throws(TensogramError) in try file.range(of: index) }
    return unsafe try .bytes(maximumSize: range.count) { (memory) throws(PythonError) in
      try reading { () throws(TensogramError) in
        // All of the new object.
        var output = unsafe MutableRawSpan(_unsafeBytes: memory)
        try file.readMessage(index, into: &output)
      }
      return range.count
    }
  }

  /// Calls the core without the GIL: it may have to wait for a disk or a server. Errors tell the file.
  func reading<Result>(_ body: () throws(TensogramError) -> Result) throws(PythonError) -> Result {
    try releasingGIL(work: .max) { () throws(TensogramError) in
      do throws(TensogramError) { return try body() } catch { throw error.at(file: path) }
    }
  }

  /// As ``reading(_:)``, for what is asked of a message: a local one has read it all, so the GIL is kept.
  func asking<Result>(_ body: () throws(TensogramError) -> Result) throws(PythonError) -> Result {
    try releasingGIL(work: isRemote ? .max : 0) { () throws(TensogramError) in
      do throws(TensogramError) { return try body() } catch { throw error.at(file: path) }
    }
  }

  /// The remote file; OSError with `RemoteError` for a local one, which has no need of what `function` does.
  func remote(for function: String) throws(PythonError) -> RemoteFile {
    if case .remote(let file, _, _) = origin { return file }
    throw .set(Borrowed.osError, "RemoteError: \(function) needs a remote backend, '\(path)' is a local file")
  }

  /// The local file; OSError for a remote one.
  func local(for function: String) throws(PythonError) -> TensogramFile {
    if case .local(let file) = origin { return file }
    throw .set(Borrowed.osError, "RemoteError: \(function) is not supported on remote files such as '\(path)'")
  }
}

/// How a caller wants elements to be decoded.
struct ReadOptions {
  var options = DecodeOptions()
  /// Views where bytes can be lent.
  var isLending = false

  init(workers: Workers) { options.workers = workers }

  /// By the places that the options have in the signature; options without a place have their default.
  init(
    _ arguments: borrowing Arguments, nativeByteOrder: Int, threads: Int, restoreNonFinite: Int? = nil,
    verifyHash: Int? = nil, copy: Int? = nil
  ) throws(PythonError) {
    let builder = try arguments.builder(
      .remote, nativeByteOrder: nativeByteOrder, threads: threads, restoreNonFinite: restoreNonFinite,
      verifyHash: verifyHash, copy: copy)
    options = builder.options
    isLending = builder.isLending
  }

  func builder(for message: any FileMessage, of handle: FileHandle) -> MessageBuilder {
    var builder = MessageBuilder(message.lendableSource.map { .file($0) } ?? .remote)
    builder.options = options
    builder.isLending = isLending
    builder.file = handle.path
    builder.messageIndex = message.index
    return builder
  }
}
