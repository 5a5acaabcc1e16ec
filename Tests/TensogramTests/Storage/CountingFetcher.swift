import Synchronization

@testable import Tensogram

/// Ranges of bytes in memory, with a list of what was asked for: one item a round of requests.
final class CountingFetcher: RangeFetcher {
  private let content: [UInt8]
  private let rounds_ = Mutex<[[Range<Int>]]>([])

  init(_ content: [UInt8]) { self.content = content }

  var rounds: [[Range<Int>]] { rounds_.withLock { $0 } }
  var requests: [Range<Int>] { rounds.flatMap(\.self) }

  func forget() { rounds_.withLock { $0 = [] } }

  func fetch(
    _ ranges: [Range<Int>], _ take: (Int, RawSpan) throws(TensogramError) -> Void
  ) throws(TensogramError) {
    rounds_.withLock { $0.append(ranges) }
    for (number, range) in ranges.enumerated().reversed() {
      let part = Array(content[range])
      try take(number, part.span.bytes)
    }
  }

  /// A source of it, of which so many bytes are known.
  func source(head: Int = 64 << 10) -> RemoteSource {
    let first = Array(content.prefix(head))
    return RemoteSource(size: content.count, fetcher: self, first: first.span.bytes)
  }
}
