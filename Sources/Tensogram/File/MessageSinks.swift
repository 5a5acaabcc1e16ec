import Glibc
import Synchronization

/// Collects a streamed message in memory.
public final class MemorySink: MessageSink {
  private let collected = Mutex<[UInt8]>([])

  public init() {}

  public var canSeek: Bool { true }

  /// What was written so far.
  public var bytes: [UInt8] { collected.withLock { $0 } }

  public func append(_ bytes: RawSpan) {
    collected.withLock { collected in
      unsafe bytes.withUnsafeBytes { bytes in
        // Copies exactly the span.
        unsafe collected.append(contentsOf: bytes)
      }
    }
  }

  public func overwrite(at offset: Int, with bytes: RawSpan) throws(TensogramError) {
    try collected.withLock { (collected) throws(TensogramError) in
      guard offset >= 0, bytes.byteCount <= collected.count - offset else {
        throw .framing("bytes \(offset)..<\(offset + bytes.byteCount) were not written yet")
      }
      for index in 0..<bytes.byteCount { collected[offset + index] = bytes[index] }
    }
  }
}

/// Writes a streamed message to the end of a file.
///
/// If the process dies between objects, the messages in front are unharmed, and the file opens without the last one.
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
    let offset = end.load(ordering: .acquiring)
    try write(bytes, at: offset)
    end.store(offset + bytes.byteCount, ordering: .releasing)
  }

  public func overwrite(at offset: Int, with bytes: RawSpan) throws(TensogramError) {
    try write(bytes, at: start + offset)
  }

  private func write(_ bytes: RawSpan, at offset: Int) throws(TensogramError) {
    let code = unsafe bytes.withUnsafeBytes { bytes -> Int32? in
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
    if let code { throw .system("cannot write", path, code: code) }
  }
}
