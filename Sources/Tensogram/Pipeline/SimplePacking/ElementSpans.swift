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
