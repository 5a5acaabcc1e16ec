import Synchronization
import Tensogram

/// A reduction of the sweep's arrays, or several of the same elements that one state serves.
///
/// Each task makes a state; the states of tasks that reduce to the same place are merged in the order of the tasks,
/// whatever the order they end in.
final class ReduceMember: SweepMember {
  let input: Node
  private var results: [(reduction: Reduction, output: Tensor)]
  private let pending = Mutex<[[Int]: OrderedMerge]>([:])

  /// - Parameter output: of the result's shape.
  init(_ input: Node, _ reduction: Reduction, into output: Tensor) {
    self.input = input
    results = [(reduction, output)]
  }

  /// All reduce the same axes.
  private var reduction: Reduction { results[0].reduction }

  /// Takes over what another member does, if that is a reduction of the same elements which a common state serves.
  func takeOver(_ other: any SweepMember) -> Bool {
    guard let other = other as? ReduceMember, other.input === input, other.reducedAxes == reducedAxes,
      Self.state(results + other.results, input, []) != nil
    else { return false }
    results += other.results
    return true
  }

  /// One that serves all results; nil where there is none.
  private static func state(
    _ results: [(reduction: Reduction, output: Tensor)], _ input: Node, _ shape: [Int]
  ) -> ReductionState? {
    if results.count == 1 { return results[0].reduction.state(of: input, shape) }
    return ReductionOperation.makeState(
      for: results.map(\.reduction.operation), input: input.elementType, shape: shape,
      reducing: results[0].reduction.axes.map { input.shape[$0] })
  }

  var reducedAxes: [Int] { reduction.axes }

  func begin(box: [Int], of sweep: Sweep) -> any SweepPart { Part(self, box: box, sweep) }

  /// Takes the state of a task; finishes the result where it is the last.
  fileprivate func deliver(_ state: ReductionState, box: [Int], boxCounts: [Int], _ kept: Region) throws {
    var (ordinal, count) = (0, 1)
    for axis in reduction.axes {
      ordinal = ordinal * boxCounts[axis] + box[axis]
      count *= boxCounts[axis]
    }
    if count == 1 { return try finish(state, kept) }
    let place = reduction.keptAxes(of: box.count).map { box[$0] }
    let merge = pending.withLock { pending in
      if let merge = pending[place] { return merge }
      let merge = OrderedMerge(count)
      pending[place] = merge
      return merge
    }
    guard let merged = merge.add(state, ordinal) else { return }
    pending.withLock { $0[place] = nil }
    try finish(merged, kept)
  }

  private func finish(_ state: ReductionState, _ kept: Region) throws {
    for (reduction, output) in results {
      try reduction.finish(state, into: output.selecting(reduction.resultRegion(kept)))
    }
  }

  private final class Part: SweepPart {
    private let member: ReduceMember
    private let box: [Int]
    private let boxCounts: [Int]
    private let keptAxes: [Int]
    /// Of the box, along the axes that are kept.
    private let kept: Region
    private let state: ReductionState
    private var region = Region(all: [])

    init(_ member: ReduceMember, box: [Int], _ sweep: Sweep) {
      self.member = member
      self.box = box
      boxCounts = sweep.boxes.counts
      keptAxes = member.reduction.keptAxes(of: box.count)
      let whole = sweep.boxes.region(of: box)
      kept = Region(keptAxes.map { whole.axes[$0] })
      guard let state = ReduceMember.state(member.results, member.input, kept.shape) else {
        preconditionFailure("reductions are taken over only where a state serves them all")
      }
      self.state = state
    }

    func startTile(_ region: Region) { self.region = region }

    func take(_ part: Tensor, in worker: Worker) {
      state.accumulate(
        part, axes: member.reduction.axes, origin: member.reduction.axes.map { region.axes[$0].start },
        at: zip(keptAxes, kept.axes).map { region.axes[$0].start - $1.start })
    }

    func finish(in worker: Worker) throws { try member.deliver(state, box: box, boxCounts: boxCounts, kept) }
  }
}

/// Merges the states of the tasks that reduce to one place, each when all before it are merged.
private final class OrderedMerge: @unchecked Sendable {
  private let count: Int
  private let monitor = Monitor()
  // Guarded by `monitor`.
  private var merged: ReductionState?
  private var next = 0
  private var waiting: [Int: ReductionState] = [:]

  init(_ count: Int) { self.count = count }

  /// The merged state, when the added one is the last that was missing.
  func add(_ state: ReductionState, _ ordinal: Int) -> ReductionState? {
    monitor.locked {
      waiting[ordinal] = state
      while let following = waiting.removeValue(forKey: next) {
        if let merged { merged.merge(following) } else { merged = following }
        next += 1
      }
      return next == count ? merged : nil
    }
  }
}
