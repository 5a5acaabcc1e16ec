import Glibc
import Tensogram

/// Hands tasks out one by one, in order, to the calling thread and helpers from the one pool.
///
/// A task that is far ahead of the oldest unfinished one waits, so that results which are put together in order do not
/// pile up. After an error no task is started; those that run are waited for. Works without any helper, so calls from
/// inside of tasks finish.
@safe final class TaskQueue: @unchecked Sendable {
  typealias Body = (_ task: Int, _ worker: Worker) throws -> Void

  private let count: Int
  private let run: Run
  private let body: Body
  /// How many tasks may be started behind the oldest unfinished one.
  private let window: Int

  // Used by the C library, so they stay where they are.
  private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

  // Guarded by `lock`.
  private var next = 0
  private var finished: Set<Int> = []
  private var oldestUnfinished = 0
  private var doneCount = 0
  private var running = 0
  private var helpers = 0
  private var failure: (task: Int, error: any Error)?

  init(count: Int, threads: Int, run: Run, body: @escaping Body) {
    self.count = count
    self.run = run
    self.body = body
    window = 2 * threads + 2
    unsafe pthread_mutex_init(lock, nil)
    unsafe pthread_cond_init(changed, nil)
  }

  deinit {
    unsafe pthread_mutex_destroy(lock)
    unsafe pthread_cond_destroy(changed)
    unsafe lock.deallocate()
    unsafe changed.deallocate()
  }

  /// Runs all tasks on at most `threads` threads and returns when the last has ended; throws the error of the lowest
  /// task that failed.
  func work(threads: Int, caller: Worker) throws {
    for _ in 0..<min(threads, count) - 1 where threads > 1 { ThreadPool.shared.submit { self.help() } }
    workOn(caller)
    let error = locked { () -> (any Error)? in
      // No helper begins any more; those that have begun are waited for.
      next = count
      while helpers > 0 || running > 0 { wait(asking: caller) }
      return failure?.error
    }
    // That the others were cancelled is not why.
    try run.check(caller)
    if let error { throw error }
  }

  /// How many tasks have ended.
  var done: Int { locked { doneCount } }

  private func help() {
    let begins = locked { () -> Bool in
      if next >= count || failure != nil { return false }
      helpers += 1
      return true
    }
    guard begins else { return }
    workOn(Worker(run, isCaller: false))
    locked {
      helpers -= 1
      unsafe pthread_cond_broadcast(changed)
    }
  }

  private func workOn(_ worker: Worker) {
    while let task = take(worker) {
      do {
        try body(task, worker)
        finish(task, nil)
      } catch {
        finish(task, error)
      }
      worker.unpin()
      if worker.isCaller { run.report() }
    }
  }

  private func take(_ worker: Worker) -> Int? {
    locked {
      while true {
        if next >= count || failure != nil || run.isStopping { return nil }
        if next < oldestUnfinished + window {
          next += 1
          running += 1
          return next - 1
        }
        wait(asking: worker)
      }
    }
  }

  private func finish(_ task: Int, _ error: (any Error)?) {
    locked {
      running -= 1
      if let error {
        if task < failure?.task ?? Int.max { failure = (task, error) }
      } else {
        doneCount += 1
        finished.insert(task)
        while finished.remove(oldestUnfinished) != nil { oldestUnfinished += 1 }
        run.countTask()
      }
      unsafe pthread_cond_broadcast(changed)
    }
  }

  /// Waits for a change, with the lock; the calling thread now and then asks whether to stop.
  private func wait(asking worker: Worker) {
    guard worker.isCaller else {
      unsafe pthread_cond_wait(changed, lock)
      return
    }
    var deadline = timespec()
    unsafe clock_gettime(CLOCK_REALTIME, &deadline)
    deadline.tv_nsec += 100_000_000
    if deadline.tv_nsec >= 1_000_000_000 {
      deadline.tv_nsec -= 1_000_000_000
      deadline.tv_sec += 1
    }
    unsafe pthread_cond_timedwait(changed, lock, &deadline)
    unsafe pthread_mutex_unlock(lock)
    run.ask()
    run.report()
    unsafe pthread_mutex_lock(lock)
  }

  private func locked<Result>(_ body: () -> Result) -> Result {
    unsafe pthread_mutex_lock(lock)
    defer { unsafe pthread_mutex_unlock(lock) }
    return body()
  }
}
