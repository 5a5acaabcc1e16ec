import Synchronization

@testable import Tensogram

/// Bytes that are not lent in place, with a count of what was read of them.
final class CountingSource: ByteSource {
  private let inner: MemorySource
  private let counter = Atomic(0)
  private let readCounter = Atomic(0)

  init(_ bytes: [UInt8]) { inner = MemorySource(copying: bytes) }

  var bytesRead: Int { counter.load(ordering: .relaxed) }

  var reads: Int { readCounter.load(ordering: .relaxed) }

  func count() throws(TensogramError) -> Int { inner.count() }

  func read(at offset: Int, into destination: inout MutableRawSpan) throws(TensogramError) {
    counter.add(destination.byteCount, ordering: .relaxed)
    readCounter.add(1, ordering: .relaxed)
    try inner.read(at: offset, into: &destination)
  }
}
