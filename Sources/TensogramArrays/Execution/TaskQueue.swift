import Tensogram

/// Hands tasks out one by one, in order, to the calling thread and helpers from the one pool.
///
/// A task that is far ahead of the oldest unfinished one waits, so that results which are put together in order do not
/// pile up. After an error no task is started; those that run are waited for. Works without any helper, so calls from
/// inside of tasks finish.
final class TaskQueue: @unchecked Sendable {
  typealias Body = (_ task: Int, _ worker: Worker) throws -> Void

  private let count: Int
  /// How many tasks may be started behind the oldest unfinished one.
  private let window: Int

  private let monitor = Monitor()
  // Guarded by `monitor`.
  /// What there is to do, until all is done: a helper that begins or ends late holds on to nothing of it.
  private var work: (run: Run, body: Body)?
  private var next = 0
  private var finished: Set<Int> = []
  private var oldestUnfinished = 0
  private var doneCount = 0
  private var running = 0
  private var helpers = 0
  private var failure: (task: Int, error: any Error)?

  init(count: Int, threads: Int, run: Run, body: @escaping Body) {
    self.count = count
    work = (run, body)
    window = 2 * threads + 2
  }

  /// Runs all tasks on at most `threads` threads and returns when the last has ended; throws the error of the lowest
  /// task that failed.
  func work(threads: Int, caller: Worker) throws {
    for _ in 0..<min(threads, count) - 1 where threads > 1 { ThreadPool.shared.submit { self.help() } }
    if let body = monitor.locked({ work?.body }) { workOn(caller, body) }
    let error = monitor.locked { () -> (any Error)? in
      // No helper begins any more; those that have begun are waited for.
      next = count
      while helpers > 0 || running > 0 { wait(asking: caller) }
      defer { (work, failure) = (nil, nil) }
      return failure?.error
    }
    // That the others were cancelled is not why.
    try caller.run.check(caller)
    if let error { throw error }
  }

  /// How many tasks have ended.
  var done: Int { monitor.locked { doneCount } }

  private func help() {
    guard hasHelped() else { return }
    monitor.locked {
      helpers -= 1
      monitor.signalAll()
    }
  }

  /// A helper's work, all of which it has let go of when this returns; false where there was none left.
  private func hasHelped() -> Bool {
    let work = monitor.locked { () -> (run: Run, body: Body)? in
      if next >= count || failure != nil { return nil }
      helpers += 1
      return self.work
    }
    guard let work else { return false }
    workOn(Worker(work.run, isCaller: false), work.body)
    return true
  }

  private func workOn(_ worker: Worker, _ body: Body) {
    while let task = take(worker) {
      do {
        try body(task, worker)
        finish(task, nil, worker)
      } catch {
        finish(task, error, worker)
      }
      worker.unpin()
      if worker.isCaller { worker.run.report() }
    }
  }

  private func take(_ worker: Worker) -> Int? {
    monitor.locked {
      while true {
        if next >= count || failure != nil || worker.run.isStopping { return nil }
        if next < oldestUnfinished + window {
          next += 1
          running += 1
          return next - 1
        }
        wait(asking: worker)
      }
    }
  }

  private func finish(_ task: Int, _ error: (any Error)?, _ worker: Worker) {
    monitor.locked {
      running -= 1
      if let error {
        if task < failure?.task ?? Int.max { failure = (task, error) }
      } else {
        doneCount += 1
        finished.insert(task)
        while finished.remove(oldestUnfinished) != nil { oldestUnfinished += 1 }
        worker.run.countTask()
      }
      monitor.signalAll()
    }
  }

  /// Waits for a change, with the lock; the calling thread now and then asks whether to stop.
  private func wait(asking worker: Worker) {
    guard worker.isCaller else { return monitor.wait() }
    monitor.wait(milliseconds: 100)
    monitor.unlocked {
      worker.run.ask()
      worker.run.report()
    }
  }
}
