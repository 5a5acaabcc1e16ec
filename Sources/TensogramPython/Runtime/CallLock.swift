import Glibc

/// A lock for calls on one Python object that may run without the GIL.
///
/// Nobody may wait for it with the GIL held: who has it may be waiting for the GIL. A thread that has it and wants it
/// again, as a signal handler may, is told so instead of waiting for itself.
@safe final class CallLock: @unchecked Sendable {
  // Used by the C library, so it stays where it is.
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)

  init() {
    var attributes = pthread_mutexattr_t()
    unsafe pthread_mutexattr_init(&attributes)
    unsafe pthread_mutexattr_settype(&attributes, Int32(PTHREAD_MUTEX_ERRORCHECK))
    unsafe pthread_mutex_init(mutex, &attributes)
    unsafe pthread_mutexattr_destroy(&attributes)
  }

  deinit {
    unsafe pthread_mutex_destroy(mutex)
    unsafe mutex.deallocate()
  }

  /// Takes the lock where nobody has it.
  func isTakenAtOnce() -> Bool { unsafe pthread_mutex_trylock(mutex) == 0 }

  /// Waits for the lock; false where this thread has it already.
  func isTaken() -> Bool { unsafe pthread_mutex_lock(mutex) == 0 }

  func release() { unsafe pthread_mutex_unlock(mutex) }
}
