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
