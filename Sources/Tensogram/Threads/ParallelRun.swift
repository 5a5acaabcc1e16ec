import Glibc
import Synchronization

/// One ``Workers/forEach(_:_:)``: indices handed out one by one to the calling thread and its helpers.
@safe final class ParallelRun: @unchecked Sendable {
  typealias Body = @Sendable (Int) throws(TensogramError) -> Void

  private let count: Int
  /// Valid until ``finish()`` returns; not touched afterwards.
  private let body: UnsafePointer<Body>
  private let cancellation: Cancellation?
  private let next = Atomic(0)
  private let hasFailed = Atomic(false)
  private let failure = Mutex<(index: Int, error: TensogramError)?>(nil)

  /// Which helpers have begun, and whether it is too late for that.
  private let helpers: Mutex<Helpers>
  private let helperDone = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)

  private struct Helpers {
    var begun = 0
    var isCalledOff = false
  }

  init(count: Int, body: UnsafePointer<Body>, cancellation: Cancellation?) {
    self.count = count
    self.cancellation = cancellation
    unsafe self.body = unsafe body
    self.helpers = Mutex(Helpers())
    unsafe sem_init(helperDone, 0, 0)
  }

  deinit {
    unsafe sem_destroy(helperDone)
    unsafe helperDone.deallocate()
  }

  /// The error of the lowest index that failed; that the work was cancelled goes before all others.
  func throwFirstError() throws(TensogramError) {
    try cancellation?.check()
    if let error = failure.withLock({ $0?.error }) { throw error }
  }

  /// Works through indices until none is left, one fails, or the caller of the work wants it stopped.
  func work() {
    while !hasFailed.load(ordering: .relaxed) {
      let index = next.add(1, ordering: .relaxed).oldValue
      guard index < count else { return }
      do throws(TensogramError) {
        try cancellation?.check()
        unsafe try body.pointee(index)
      } catch {
        hasFailed.store(true, ordering: .relaxed)
        failure.withLock { failure in
          if index < failure?.index ?? Int.max { failure = (index, error) }
        }
      }
    }
  }

  /// A helper's part; nothing where it comes too late.
  func help() {
    let begins = helpers.withLock { helpers in
      if helpers.isCalledOff { return false }
      helpers.begun += 1
      return true
    }
    guard begins else { return }
    work()
    unsafe sem_post(helperDone)
  }

  /// Calls off the helpers that have not begun, so that nobody waits for a busy pool, and waits for the others.
  func finish() {
    let begun = helpers.withLock { helpers in
      helpers.isCalledOff = true
      return helpers.begun
    }
    for _ in 0..<begun { waitForHelper() }
  }

  /// Waits for one helper, and asks meanwhile whether the caller of the work wants it stopped: helpers ask nobody.
  private func waitForHelper() {
    while true {
      var limit = timespec()
      unsafe clock_gettime(CLOCK_REALTIME, &limit)
      limit.tv_nsec += Int(Cancellation.interval)
      if limit.tv_nsec >= 1_000_000_000 {
        limit.tv_nsec -= 1_000_000_000
        limit.tv_sec += 1
      }
      if unsafe sem_timedwait(helperDone, &limit) == 0 { return }
      // The helpers see it, and throwFirstError() throws it.
      try? cancellation?.check()
    }
  }
}
