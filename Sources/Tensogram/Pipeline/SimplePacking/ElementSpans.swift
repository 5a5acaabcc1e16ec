/// A number of elements cut into spans for several workers.
struct ElementSpans: Sendable {
  let count: Int
  private let spanLength: Int
  private let workers: Workers

  /// Shorter spans are not worth another thread.
  private static let shortestSpan = 32 << 10
  /// Spans per worker, so that one that is late holds up the others for a short while only.
  private static let spansPerWorker = 4

  /// Every span but the last has a multiple of 8 elements, so that packed bits of neighbouring spans share no byte.
  init(_ count: Int, workers: Workers) {
    self.count = count
    self.workers = workers
    let fair = workers.count == 1 ? count : count / (workers.count * Self.spansPerWorker)
    spanLength = max(fair, Self.shortestSpan).roundedUp(to: 8)
  }

  /// Calls `body` once for each span, as ``Workers/forEach(_:_:)`` does.
  func forEach(_ body: @Sendable (Range<Int>) throws(TensogramError) -> Void) throws(TensogramError) {
    let spans = (count + spanLength - 1) / spanLength
    try workers.forEach(spans) { (span) throws(TensogramError) in
      try body(span * spanLength..<min((span + 1) * spanLength, count))
    }
  }
}

/// Bytes that several workers read while a call that has borrowed them waits for all of them.
@safe struct SharedBytes: @unchecked Sendable {
  private let memory: UnsafeRawBufferPointer

  init(_ bytes: RawSpan) {
    // Used only by workers that are waited for while `bytes` is alive.
    unsafe memory = bytes.withUnsafeBytes { unsafe $0 }
  }

  var bytes: RawSpan {
    @_lifetime(borrow self)
    get { unsafe _overrideLifetime(RawSpan(_unsafeBytes: memory), borrowing: self) }
  }
}

/// Bytes of which several workers write parts that do not overlap, while a call that owns them waits for all of them.
@safe struct SharedMutableBytes: @unchecked Sendable {
  private let memory: UnsafeMutableRawBufferPointer

  init(_ bytes: inout MutableRawSpan) {
    // Used only by workers that are waited for while `bytes` is alive.
    unsafe memory = bytes.withUnsafeMutableBytes { unsafe $0 }
  }

  /// Hands `range`, which no other worker uses, to `body`.
  func withPart<Result>(_ range: Range<Int>, _ body: (inout MutableRawSpan) throws(TensogramError) -> Result)
    throws(TensogramError) -> Result
  {
    let part = unsafe UnsafeMutableRawBufferPointer(rebasing: memory[range])
    var span = unsafe MutableRawSpan(_unsafeBytes: part)
    return try body(&span)
  }
}
