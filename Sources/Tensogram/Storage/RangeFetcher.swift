/// Gets byte ranges of one object from where it is: a server, an object store.
///
/// Called by any thread, also by several at once, and never with a lock of this library held.
public protocol RangeFetcher: AnyObject, Sendable {
  /// Gets all `ranges`, at the same time where it can, and hands the bytes of each to `take` with its number, in any
  /// order. The ranges are inside the object and not empty; bytes that are not all of a range are an error.
  func fetch(
    _ ranges: [Range<Int>], _ take: (_ number: Int, _ bytes: RawSpan) throws(TensogramError) -> Void
  ) throws(TensogramError)
}

/// How ranges are asked for, so that there are few requests, none of them too large.
enum RequestPlan {
  /// Bytes between two ranges that are got with them rather than by another request, which costs as long as some
  /// hundred KiB do.
  static let largestGap = 256 << 10
  /// The most bytes of one request; more are got by several at a time.
  static let largestRequest = 16 << 20
  /// The most bytes that are under way at a time, and with that in memory.
  static let largestBatch = 64 << 20

  /// The same bytes and those of small gaps, in order and without overlaps.
  static func merged(_ ranges: [Range<Int>], gap: Int = largestGap) -> [Range<Int>] {
    var merged: [Range<Int>] = []
    for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) where !range.isEmpty {
      if let last = merged.last, range.lowerBound - last.upperBound <= gap {
        merged[merged.count - 1] = last.lowerBound..<max(last.upperBound, range.upperBound)
      } else {
        merged.append(range)
      }
    }
    return merged
  }

  /// `range` in requests of nearly the same size.
  static func requests(_ range: Range<Int>) -> [Range<Int>] {
    if range.count <= largestRequest { return range.isEmpty ? [] : [range] }
    let count = (range.count + largestRequest - 1) / largestRequest
    let size = (range.count + count - 1) / count
    return stride(from: range.lowerBound, to: range.upperBound, by: size).map {
      $0..<min($0 + size, range.upperBound)
    }
  }
}
