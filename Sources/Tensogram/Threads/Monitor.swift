import Glibc

/// A lock, and a way to wait until something that it guards has changed.
@safe package final class Monitor: @unchecked Sendable {
  // Used by the C library, so they stay where they are.
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

  package init() {
    unsafe pthread_mutex_init(mutex, nil)
    unsafe pthread_cond_init(changed, nil)
  }

  deinit {
    unsafe pthread_mutex_destroy(mutex)
    unsafe pthread_cond_destroy(changed)
    unsafe mutex.deallocate()
    unsafe changed.deallocate()
  }

  package func locked<Result, Failure: Error>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
    unsafe pthread_mutex_lock(mutex)
    defer { unsafe pthread_mutex_unlock(mutex) }
    return try body()
  }

  /// Gives the lock back while `body` runs.
  package func unlocked(_ body: () -> Void) {
    unsafe pthread_mutex_unlock(mutex)
    body()
    unsafe pthread_mutex_lock(mutex)
  }

  /// Waits for a change, with the lock, which others may have meanwhile. Also returns without one, now and then.
  package func wait() { unsafe pthread_cond_wait(changed, mutex) }

  /// As ``wait()``, for no longer than that.
  package func wait(milliseconds: Int) {
    var deadline = timespec()
    unsafe clock_gettime(CLOCK_REALTIME, &deadline)
    let nanoseconds = deadline.tv_nsec + milliseconds * 1_000_000
    deadline.tv_sec += nanoseconds / 1_000_000_000
    deadline.tv_nsec = nanoseconds % 1_000_000_000
    unsafe pthread_cond_timedwait(changed, mutex, &deadline)
  }

  /// Wakes one who waits, or all.
  package func signalOne() { unsafe pthread_cond_signal(changed) }
  package func signalAll() { unsafe pthread_cond_broadcast(changed) }
}
