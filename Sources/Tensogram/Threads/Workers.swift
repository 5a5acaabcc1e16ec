/// How many threads one call may keep busy.
public struct Workers: Sendable {
  /// At least 1, at most the machine's cores, however many were asked for.
  public let count: Int
  private let cancellation: Cancellation?

  /// `count` workers; 0 and 1 mean the calling thread alone.
  public init(_ count: Int = 1, cancellation: Cancellation? = nil) {
    self.count = min(max(count, 1), ThreadPool.coreCount)
    self.cancellation = cancellation
  }

  /// As many workers, or fewer, that stop on the same request.
  func limited(to count: Int) -> Workers { Workers(min(self.count, count), cancellation: cancellation) }

  /// Throws a cancelled error where the caller wants the work stopped; to be called between pieces of work.
  public func checkCancelled() throws(TensogramError) { try cancellation?.check() }

  /// Calls `body` once for each index below `count`, in any order and possibly at the same time, and waits for all.
  ///
  /// The calling thread works too, so this finishes even where no thread of the pool is free. After an error no new
  /// indices are started; of the errors thrown, the one of the lowest index is thrown on.
  public func forEach(
    _ count: Int, _ body: @Sendable (Int) throws(TensogramError) -> Void
  ) throws(TensogramError) {
    let helpers = min(self.count, count) - 1
    if helpers <= 0 {
      for index in 0..<count {
        try checkCancelled()
        try body(index)
      }
      return
    }
    // The helpers are done with the body, or called off, before this returns.
    try withoutActuallyEscaping(body) { (body) throws(TensogramError) in
      try unsafe withUnsafePointer(to: body) { (body) throws(TensogramError) in
        let run = unsafe ParallelRun(count: count, body: body, cancellation: cancellation)
        for _ in 0..<helpers { ThreadPool.shared.submit { run.help() } }
        run.work()
        run.finish()
        try run.throwFirstError()
      }
    }
  }
}
