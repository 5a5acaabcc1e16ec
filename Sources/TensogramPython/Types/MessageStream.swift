import CPython
import Tensogram

/// A message in the making, object by object, which any Python thread may write to (contract §10).
///
/// Calls are serialised by a lock of its own, which is never waited for with the GIL held.
final class MessageStream {
  /// Where messages go.
  enum Destination {
    case memory
    /// The end of a file.
    case file(String)
  }

  private enum Sink {
    case memory(MemorySink)
    case file(FileSink)

    var messageSink: any MessageSink {
      switch self {
      case .memory(let sink): sink
      case .file(let sink): sink
      }
    }
  }

  private enum Outcome<Result> {
    case done(Result)
    /// There is no message to write to any more.
    case closed
    /// The lock is taken by a call that this one has interrupted.
    case busy
  }

  let destination: Destination
  private let metadata: Metadata
  private let options: EncodeOptions
  private let lock = CallLock()

  // Guarded by `lock`.
  private var isClosed = false
  /// The message in the making; nil before the first use of the message behind another one.
  private var current: (encoder: Tensogram.StreamingEncoder, sink: Sink)?

  /// Begins a message; ValueError for metadata or options that cannot be, OSError for a file that cannot be written.
  init(_ metadata: Metadata, _ options: EncodeOptions, to destination: Destination) throws(PythonError) {
    self.metadata = metadata
    self.options = options
    self.destination = destination
    let work = if case .file = destination { Int.max } else { 0 }
    current = try releasingGIL(work: work) { () throws(TensogramError) in
      try Self.begin(metadata, options, destination)
    }
  }

  /// What was written of an unfinished message is taken out of the file again.
  deinit {
    guard case .file(let sink) = current?.sink, current?.encoder.isFinished == false else { return }
    try? sink.discard()
  }

  private static func begin(
    _ metadata: Metadata, _ options: EncodeOptions, _ destination: Destination
  ) throws(TensogramError) -> (Tensogram.StreamingEncoder, Sink) {
    let sink: Sink =
      switch destination {
      case .memory: .memory(MemorySink())
      case .file(let path): .file(try FileSink(appendingTo: path))
      }
    do throws(TensogramError) {
      return (try Tensogram.StreamingEncoder(metadata, to: sink.messageSink, options: options), sink)
    } catch {
      if case .file(let file) = sink { try? file.discard() }
      throw error
    }
  }

  /// Writes one object; whatever it raises, the message is as it was before.
  func write(_ input: ObjectInput) throws(PythonError) {
    try exclusively(work: input.size) { (encoder) throws(TensogramError) in
      try encoder.write(input.object, workers: ThreadSetting.workers(ofThisCall: options.workers.count))
    }
  }

  /// Finishes the message and returns it, None if it went to a file.
  ///
  /// - Parameter isReset: begin another one with the same metadata and options, else no more can be written.
  func finish(backfill: Bool, isReset: Bool) throws(PythonError) -> PythonObject {
    let sink = try exclusively(work: 0) { (encoder) throws(TensogramError) -> Sink? in
      try encoder.finish(backfill: backfill)
      let sink = current?.sink
      current = nil
      isClosed = !isReset
      return sink
    }
    guard case .memory(let memory) = sink else { return .none }
    return try .bytes(copying: memory)
  }

  /// Ends the message without finishing it.
  func abandon() throws(PythonError) {
    try exclusively(work: 0) { (_) throws(TensogramError) in
      if case .file(let sink) = current?.sink { try sink.discard() }
      current = nil
      isClosed = true
    }
  }

  /// Whether no more can be written. Needs the GIL only, so it may be outdated when it returns.
  func hasEnded() throws(PythonError) -> Bool {
    var ended = false
    let outcome = try locked(work: 0) { () throws(TensogramError) -> Outcome<Void> in
      ended = isClosed
      return .done(())
    }
    if case .busy = outcome { throw Self.busy }
    return ended
  }

  /// Calls `body`, one caller at a time, with the encoder of the message in the making; RuntimeError where there is none.
  ///
  /// - Parameter work: bytes that are touched.
  private func exclusively<Result>(
    work: Int, _ body: (Tensogram.StreamingEncoder) throws(TensogramError) -> Result
  ) throws(PythonError) -> Result {
    let outcome = try locked(work: work) { () throws(TensogramError) -> Outcome<Result> in
      if isClosed { return .closed }
      if current == nil { current = try Self.begin(metadata, options, destination) }
      guard let encoder = current?.encoder else { return .closed }
      return .done(try body(encoder))
    }
    switch outcome {
    case .done(let result): return result
    case .closed: throw .runtime("the message of this encoder is already finished")
    case .busy: throw Self.busy
    }
  }

  private static var busy: PythonError {
    .runtime("this encoder is in use by the call that this one has interrupted")
  }

  private func locked<Result>(
    work: Int, _ body: () throws(TensogramError) -> Outcome<Result>
  ) throws(PythonError) -> Outcome<Result> {
    // A file may have to wait for its disk. With the GIL held the lock must be there at once.
    if case .memory = destination, work < leastWorkWithoutGIL, lock.isTakenAtOnce() {
      defer { lock.release() }
      return try core(body)
    }
    return try releasingGIL(work: .max) { () throws(TensogramError) in
      guard lock.isTaken() else { return .busy }
      defer { lock.release() }
      return try body()
    }
  }
}

extension PythonObject {
  fileprivate static func bytes(copying sink: MemorySink) throws(PythonError) -> PythonObject {
    let bytes = sink.bytes
    return unsafe try .bytes(maximumSize: bytes.count) { (memory) throws(PythonError) in
      HugePages.advise(memory)
      try releasingGIL(work: bytes.count) { () throws(TensogramError) in
        unsafe memory.copyBytes(from: bytes)
      }
      return bytes.count
    }
  }
}
