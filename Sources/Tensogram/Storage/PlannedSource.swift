import Synchronization

/// A remote source of which certain ranges will be read, mostly in order: it gets them ahead, many by few requests.
///
/// A plan that fits into memory is got at once when this is made. Of a larger one so much at a time is held, in the
/// direction that the reads go; reads beside the plan go to the source.
final class PlannedSource: ByteSource {
  private let source: RemoteSource
  /// Sorted, apart from each other, none larger than a batch.
  private let plan: [Range<Int>]
  private let state: Mutex<State>

  private struct State {
    var pieces: [HeldBytes] = []
    /// Which part of the plan that is, and which it was before.
    var loaded = 0..<0
    var before: [HeldBytes] = []
  }

  init(_ source: RemoteSource, _ ranges: [Range<Int>]) throws(TensogramError) {
    self.source = source
    plan = RequestPlan.merged(ranges).flatMap { range in
      stride(from: range.lowerBound, to: range.upperBound, by: RequestPlan.largestBatch / 2).map {
        $0..<min($0 + RequestPlan.largestBatch / 2, range.upperBound)
      }
    }
    var state = State()
    if plan.reduce(0, { $0 + $1.count }) <= RequestPlan.largestBatch {
      state.pieces = try Self.load(plan[...], of: source)
      state.loaded = plan.indices
    }
    self.state = Mutex(state)
  }

  func count() -> Int { source.count() }

  var readsAhead: Bool { true }

  func read(at offset: Int, into destination: inout MutableRawSpan) throws(TensogramError) {
    var done = 0
    while done < destination.byteCount {
      let position = offset + done
      let wanted = destination.byteCount - done
      guard let piece = try piece(at: position) else {
        // Up to where the plan goes on.
        let next = plan.first { $0.lowerBound > position }?.lowerBound ?? .max
        let size = min(wanted, next - position)
        var part = destination._mutatingExtracting(done..<done + size)
        try source.read(at: position, into: &part)
        done += size
        continue
      }
      let size = min(wanted, piece.range.upperBound - position)
      var part = destination._mutatingExtracting(done..<done + size)
      part.copy(piece.bytes(position..<position + size))
      done += size
    }
  }

  func withBytes<Result>(
    _ range: Range<Int>, _ body: (RawSpan) throws(TensogramError) -> Result
  ) throws(TensogramError) -> Result {
    guard range.lowerBound >= 0, range.upperBound <= source.count() else {
      throw .framing("bytes \(range) are not there: the source has \(source.count())")
    }
    if !range.isEmpty, let piece = try piece(at: range.lowerBound), piece.contains(range) {
      return try body(piece.bytes(range))
    }
    var scratch = try ScratchBuffer(byteCount: range.count)
    var bytes = scratch.mutableBytes
    try read(at: range.lowerBound, into: &bytes)
    return try body(scratch.bytes)
  }

  /// The held piece with the byte at `position`, got now if it is of the plan; nil if it is not.
  private func piece(at position: Int) throws(TensogramError) -> HeldBytes? {
    let known = state.withLock { state in
      (state.pieces + state.before).first { $0.range.contains(position) }
    }
    if let known { return known }
    guard let number = plan.firstIndex(where: { $0.contains(position) }) else { return nil }
    let batch = batch(at: number, after: state.withLock { $0.loaded })
    let pieces = try Self.load(plan[batch], of: source)
    state.withLock { state in
      state.before = state.pieces
      state.pieces = pieces
      state.loaded = batch
    }
    return pieces.first { $0.range.contains(position) }
  }

  /// As many parts of the plan as fit a batch, from `number` on, or up to it where the last batch began behind it.
  private func batch(at number: Int, after last: Range<Int>) -> Range<Int> {
    var batch = number..<number + 1
    var size = plan[number].count
    let goesBack = !last.isEmpty && last.lowerBound == number + 1
    while true {
      let next = goesBack ? batch.lowerBound - 1 : batch.upperBound
      guard plan.indices.contains(next) else { break }
      size += plan[next].count
      if size > RequestPlan.largestBatch { break }
      batch = min(next, batch.lowerBound)..<max(next + 1, batch.upperBound)
    }
    return batch
  }

  /// Neighbours are one range of requests.
  private static func load(
    _ parts: ArraySlice<Range<Int>>, of source: RemoteSource
  ) throws(TensogramError) -> [HeldBytes] {
    try source.load(RequestPlan.merged(Array(parts), gap: 0))
  }
}
