import Glibc
import Synchronization
import Tensogram

/// How a computation runs.
public struct ComputeOptions: Sendable {
  /// Threads that work, the calling one included; 0 for one per core.
  public var threads = 0
  /// Bytes that tasks in flight may take together; one that takes more runs alone.
  public var memoryLimit = 1 << 30
  /// Bytes of decoded blocks that are kept for other tasks of the same computation.
  public var cacheLimit = 128 << 20
  /// Asked a few times a second by the calling thread; an error that it throws stops the work and is thrown on.
  public var checkStop: (@Sendable () throws -> Void)?
  /// Told by the calling thread, a few times a second, how many tasks are done of how many.
  public var progress: (@Sendable (_ done: Int, _ total: Int) -> Void)?
  /// Told when one task alone needs more than ``memoryLimit``.
  public var warn: (@Sendable (String) -> Void)?
  /// How references to objects are counted, where there are arrays of them.
  public var objectReferences: (any ObjectReferences)?
  /// Better loops for functions of real numbers than those over the C library's, where there are any.
  package var functionLoops: (any FunctionLoops)?

  public init() {}
}

/// One computation: what all its workers share.
package final class Run: @unchecked Sendable {
  let options: ComputeOptions
  let threads: Int
  let cache: BlockCache
  let claims = Claims()

  // Written between stages only, by the calling thread.
  var results: [Node: Tensor] = [:]
  var carries: [Node: ScanCarries] = [:]
  private var invariants: Set<Node> = []
  private var unitGrids: [Node: ChunkGrid]
  var taskTotal = 0

  private let tasksDone = Atomic(0)
  private let stops = Atomic(false)
  // Of the calling thread.
  private var stopError: (any Error)?
  private var lastQuestion: UInt64
  private var lastReport: UInt64

  init(_ options: ComputeOptions, units: [Node: ChunkGrid]) {
    self.options = options
    threads = options.threads > 0 ? min(options.threads, ThreadPool.coreCount) : ThreadPool.coreCount
    unitGrids = units
    cache = BlockCache(limit: min(options.cacheLimit, options.memoryLimit / 2))
    lastQuestion = Self.now
    lastReport = Self.now
  }

  /// The parts that a node is made in, where it is not made in any.
  func units(of node: Node) -> ChunkGrid? { unitGrids.isEmpty ? nil : unitGrids[node] }

  /// Has a node made in its own blocks from now on; for the calling thread, between stages.
  func makeByBlocks(_ node: Node) { unitGrids[node] = node.grid }

  /// Has parts of a node, which all tiles of a task want alike, made once; for the calling thread, between stages.
  func makeOnce(_ node: Node) { invariants.insert(node) }

  func isInvariant(_ node: Node) -> Bool { !invariants.isEmpty && invariants.contains(node) }

  var hasUnits: Bool { !unitGrids.isEmpty }

  /// Bytes of free memory that a worker holds on to.
  var scratchLimit: Int { options.memoryLimit / (4 * threads) }

  var objectReferences: any ObjectReferences {
    guard let references = options.objectReferences else {
      preconditionFailure("arrays of objects need options.objectReferences")
    }
    return references
  }

  // MARK: Stopping

  /// Whether somebody has asked to stop.
  var isStopping: Bool { stops.load(ordering: .relaxed) }

  /// Throws where the work is to stop; the calling thread asks for that now and then.
  func check(_ worker: Worker) throws {
    if worker.isCaller { ask() }
    guard isStopping else { return }
    if worker.isCaller, let stopError { throw stopError }
    throw TensogramError(.cancelled, "the work was stopped on request")
  }

  /// Asks the caller whether to stop, where it is time to; for the calling thread.
  func ask() {
    guard let checkStop = options.checkStop, stopError == nil else { return }
    let now = Self.now
    if now &- lastQuestion < Self.interval { return }
    lastQuestion = now
    do {
      try checkStop()
    } catch {
      stopError = error
      stops.store(true, ordering: .relaxed)
    }
  }

  // MARK: Progress

  func countTask() { tasksDone.add(1, ordering: .relaxed) }

  /// Tells the progress, where it is time to; for the calling thread.
  func report(always: Bool = false) {
    guard let progress = options.progress else { return }
    let now = Self.now
    if !always && now &- lastReport < 3 * Self.interval { return }
    lastReport = now
    progress(tasksDone.load(ordering: .relaxed), taskTotal)
  }

  /// Nanoseconds between questions.
  private static let interval: UInt64 = 50_000_000

  private static var now: UInt64 {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
  }
}
