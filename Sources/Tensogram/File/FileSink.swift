import Glibc
import Synchronization

/// Writes a streamed message to the end of a file.
///
/// If the process dies between objects, the messages in front are unharmed, and the file opens without the last one.
/// Nobody may append to the file until the message is finished: then the next write is an error, and what others have
/// appended stays.
public final class FileSink: MessageSink {
  public let path: String
  private let descriptor: Int32
  /// Where the message starts in the file.
  private let start: Int
  private let end: Atomic<Int>

  /// Appends to the file at `path`, which is created if it is not there.
  public init(appendingTo path: String) throws(TensogramError) {
    let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw .system("cannot write", path) }
    let start = lseek(descriptor, 0, SEEK_END)
    guard start >= 0 else {
      let code = errno
      close(descriptor)
      throw .system("cannot write", path, code: code)
    }
    self.path = path
    self.descriptor = descriptor
    self.start = start
    end = Atomic(start)
  }

  deinit { close(descriptor) }

  public var canSeek: Bool { true }

  public func append(_ bytes: RawSpan) throws(TensogramError) {
    try locked { () throws(TensogramError) in
      let offset = end.load(ordering: .acquiring)
      guard try isLast(offset) else {
        throw TensogramError(
          .system(code: ESTALE), "'\(path)' was written to by somebody else since this message was begun"
        ).at(file: path)
      }
      if let code = Self.write(bytes, at: offset, to: descriptor) {
        ftruncate(descriptor, offset)
        throw .system("cannot write", path, code: code)
      }
      end.store(offset + bytes.byteCount, ordering: .releasing)
    }
  }

  public func overwrite(at offset: Int, with bytes: RawSpan) throws(TensogramError) {
    if let code = Self.write(bytes, at: start + offset, to: descriptor) {
      throw .system("cannot write", path, code: code)
    }
  }

  /// Takes back all that was written, unless somebody else has written to the file since.
  public func discard() throws(TensogramError) {
    try locked { () throws(TensogramError) in
      let offset = end.load(ordering: .acquiring)
      guard offset > start, try isLast(offset) else { return }
      guard ftruncate(descriptor, start) == 0 else { throw .system("cannot cut back", path) }
      end.store(start, ordering: .releasing)
    }
  }

  /// Runs `body` alone among those who take the file's lock; file systems without locks do without.
  private func locked(_ body: () throws(TensogramError) -> Void) throws(TensogramError) {
    while flock(descriptor, LOCK_EX) != 0 && errno == EINTR {}
    defer { flock(descriptor, LOCK_UN) }
    try body()
  }

  /// Whether the file ends at `offset`.
  private func isLast(_ offset: Int) throws(TensogramError) -> Bool {
    let size = lseek(descriptor, 0, SEEK_END)
    guard size >= 0 else { throw .system("cannot write", path) }
    return size == offset
  }

  /// Writes all of `bytes`; returns the error number where that fails.
  private static func write(_ bytes: RawSpan, at offset: Int, to descriptor: Int32) -> Int32? {
    unsafe bytes.withUnsafeBytes { bytes -> Int32? in
      var done = 0
      while done < bytes.count {
        // Writes the rest of the span.
        let count = unsafe pwrite(descriptor, bytes.baseAddress! + done, bytes.count - done, off_t(offset + done))
        if count < 0 && errno == EINTR { continue }
        if count < 0 { return errno }
        done += count
      }
      return nil
    }
  }
}
