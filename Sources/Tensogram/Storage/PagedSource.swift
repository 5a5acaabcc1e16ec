import Synchronization

/// A source while one message of it is opened: what was read once is not read again.
///
/// Positions, metadata and descriptors stand close together, and each is looked at several times. Small reads get a
/// page, all of a message that is not much larger than one; larger reads go to the source and are not kept.
final class PagedSource: ByteSource {
  /// Messages up to this size are read at once.
  private static let smallMessage = 16 << 10
  /// So many pages are kept at most, 4 MiB: a message can have any number of objects.
  private static let mostPages = 1024

  private let source: any ByteSource
  private let size: Int
  private let message: Range<Int>
  /// By their first byte; they may overlap.
  private let pages = Mutex<[HeldBytes]>([])

  /// Of a source of `size` bytes the part where `message` stands; what is outside of it is read each time.
  init(_ source: any ByteSource, size: Int, message: Range<Int>) {
    self.source = source
    self.size = size
    self.message = message
  }

  func count() -> Int { size }

  var readsAhead: Bool { true }

  func read(at offset: Int, into destination: inout MutableRawSpan) throws(TensogramError) {
    let range = offset..<offset + destination.byteCount
    guard let page = try page(with: range) else { return try source.read(at: offset, into: &destination) }
    destination.copy(page.bytes(range))
  }

  func withBytes<Result>(
    _ range: Range<Int>, _ body: (RawSpan) throws(TensogramError) -> Result
  ) throws(TensogramError) -> Result {
    guard let page = try page(with: range) else { return try source.withBytes(range, body) }
    return try body(page.bytes(range))
  }

  /// The page with all of `range`, read now if it was not before; nil where that is not worth keeping.
  func page(with range: Range<Int>) throws(TensogramError) -> HeldBytes? {
    guard range.lowerBound >= message.lowerBound, range.upperBound <= message.upperBound else { return nil }
    let known = pages.withLock { pages -> HeldBytes? in
      let page = pages.last(startingBy: range.lowerBound)
      return page?.contains(range) == true ? page : nil
    }
    if let known { return known }
    guard range.count <= ByteWindow.pieceSize else { return nil }
    let page = try HeldBytes(pageAround(range), of: source)
    pages.withLock { pages in
      if pages.count >= Self.mostPages { pages.removeAll(keepingCapacity: true) }
      pages.insert(page, at: pages.count(startingBy: page.range.lowerBound))
    }
    return page
  }

  private func pageAround(_ range: Range<Int>) -> Range<Int> {
    if message.count <= Self.smallMessage { return message }
    let start = max(range.lowerBound - ByteWindow.lookBehind, message.lowerBound)
    return start..<min(max(start + ByteWindow.pieceSize, range.upperBound), message.upperBound)
  }
}

extension [HeldBytes] {
  /// How many start at or before `position`, of those that are sorted by where they start.
  fileprivate func count(startingBy position: Int) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if self[middle].range.lowerBound <= position { low = middle + 1 } else { high = middle }
    }
    return low
  }

  fileprivate func last(startingBy position: Int) -> HeldBytes? {
    let number = count(startingBy: position)
    return number == 0 ? nil : self[number - 1]
  }
}
