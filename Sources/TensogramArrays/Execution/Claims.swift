import Glibc

/// Which units are being made, so that no other worker makes the same meanwhile.
///
/// Who makes a unit has all that it is made of, and waits for no other one: nobody waits in a circle.
@safe final class Claims: @unchecked Sendable {
  // Used by the C library, so they stay where they are.
  private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  // Guarded by `lock`.
  private var claimed: Set<Request> = []

  init() {
    unsafe pthread_mutex_init(lock, nil)
    unsafe pthread_cond_init(changed, nil)
  }

  deinit {
    unsafe pthread_mutex_destroy(lock)
    unsafe pthread_cond_destroy(changed)
    unsafe lock.deallocate()
    unsafe changed.deallocate()
  }

  /// Claims a unit; false where somebody else had it, until now or for a while already.
  func begin(_ request: Request, _ worker: Worker) throws -> Bool {
    try worker.run.check(worker)
    unsafe pthread_mutex_lock(lock)
    defer { unsafe pthread_mutex_unlock(lock) }
    if claimed.insert(request).inserted { return true }
    var deadline = timespec()
    unsafe clock_gettime(CLOCK_REALTIME, &deadline)
    // Now and then the calling thread has to ask whether to stop.
    deadline.tv_nsec += 100_000_000
    if deadline.tv_nsec >= 1_000_000_000 {
      deadline.tv_nsec -= 1_000_000_000
      deadline.tv_sec += 1
    }
    unsafe pthread_cond_timedwait(changed, lock, &deadline)
    return false
  }

  func end(_ request: Request) {
    unsafe pthread_mutex_lock(lock)
    claimed.remove(request)
    unsafe pthread_cond_broadcast(changed)
    unsafe pthread_mutex_unlock(lock)
  }
}
