import Synchronization

/// Bytes that are got in ranges from somewhere else, where each request is slow but several at a time are not.
///
/// Small reads get some bytes around them as well, and those are kept, within ``mostHeld``; large ones go straight to
/// where they are wanted. Readers that know what they will read ask for all of it at once: ``hold(_:)``,
/// ``PlannedSource``.
public final class RemoteSource: ByteSource {
  private let size: Int
  private let fetcher: any RangeFetcher
  /// The last ones come last.
  private let held = Mutex<[HeldBytes]>([])

  /// Bytes that are kept of small reads; those read first go first.
  private static let mostHeld = 16 << 20
  /// The largest read that gets bytes around it.
  private static let largestSmallRead = 4 << 10
  /// What a small read gets: descriptors stand in front of the frame ends that are read, headers behind them.
  private static let windowBefore = 4 << 10
  private static let windowAfter = 12 << 10

  /// An object of `size` bytes, of which the first may be known already.
  public init(size: Int, fetcher: any RangeFetcher, first: RawSpan) {
    self.size = size
    self.fetcher = fetcher
    let start = HeldBytes(0..<min(first.byteCount, size))
    start.fill(first.extracting(start.range), at: 0)
    held.withLock { $0 = [start] }
  }

  public func count() -> Int { size }

  public var readsAhead: Bool { true }

  public func read(at offset: Int, into destination: inout MutableRawSpan) throws(TensogramError) {
    let range = try checked(offset, destination.byteCount)
    if range.isEmpty { return }
    if let known = known(range) { return destination.copy(known.bytes(range)) }
    if range.count <= Self.largestSmallRead {
      let window = max(offset - Self.windowBefore, 0)..<min(offset + Self.windowAfter, size)
      let piece = try load([window])[0]
      keep([piece])
      return destination.copy(piece.bytes(range))
    }
    try fetch(range, into: &destination)
  }

  /// Gets what is not known yet of `ranges`, all at the same time, and keeps it for later reads.
  func hold(_ ranges: [Range<Int>]) throws(TensogramError) {
    let missing = ranges.map { $0.clamped(to: 0..<size) }.filter { known($0) == nil }
    if missing.isEmpty { return }
    keep(try load(RequestPlan.merged(missing)))
  }

  /// Gets `ranges`, which neither touch nor overlap, at the same time.
  func load(_ ranges: [Range<Int>]) throws(TensogramError) -> [HeldBytes] {
    var pieces: [HeldBytes] = []
    var requests: [Range<Int>] = []
    var owners: [HeldBytes] = []
    for range in ranges {
      if let known = known(range) {
        pieces.append(known)
        continue
      }
      let piece = HeldBytes(range)
      pieces.append(piece)
      for request in RequestPlan.requests(range) {
        requests.append(request)
        owners.append(piece)
      }
    }
    try fetch(requests) { (number, bytes) throws(TensogramError) in
      owners[number].fill(bytes, at: requests[number].lowerBound)
    }
    return pieces
  }

  /// Whether reading `range`, as far as it is inside, needs no request.
  func holds(_ range: Range<Int>) -> Bool { known(range.clamped(to: 0..<size)) != nil }

  private func known(_ range: Range<Int>) -> HeldBytes? {
    held.withLock { held in held.last { $0.contains(range) } }
  }

  private func keep(_ pieces: [HeldBytes]) {
    held.withLock { held in
      held.removeAll { old in pieces.contains { $0 !== old && $0.contains(old.range) } }
      held += pieces.filter { piece in !held.contains { $0 === piece } }
      var total = held.reduce(0) { $0 + $1.range.count }
      while total > Self.mostHeld, held.count > 1 { total -= held.removeFirst().range.count }
    }
  }

  /// Straight to its place, by several requests at a time.
  private func fetch(_ range: Range<Int>, into destination: inout MutableRawSpan) throws(TensogramError) {
    var start = range.lowerBound
    while start < range.upperBound {
      let end = min(start + RequestPlan.largestBatch, range.upperBound)
      let requests = RequestPlan.requests(start..<end)
      try fetch(requests) { (number, bytes) throws(TensogramError) in
        let place = requests[number].lowerBound - range.lowerBound
        var part = destination._mutatingExtracting(place..<place + bytes.byteCount)
        part.copy(bytes)
      }
      start = end
    }
  }

  private func fetch(
    _ requests: [Range<Int>], _ take: (Int, RawSpan) throws(TensogramError) -> Void
  ) throws(TensogramError) {
    if requests.isEmpty { return }
    try fetcher.fetch(requests) { (number, bytes) throws(TensogramError) in
      guard requests.indices.contains(number), bytes.byteCount == requests[number].count else {
        throw TensogramError(.remote, "\(bytes.byteCount) bytes came for a range of another size")
      }
      try take(number, bytes)
    }
  }

  private func checked(_ offset: Int, _ length: Int) throws(TensogramError) -> Range<Int> {
    guard offset >= 0, offset <= size, length <= size - offset else {
      throw .framing("\(length) bytes at \(offset) are not there: the source has \(size)")
    }
    return offset..<offset + length
  }
}
