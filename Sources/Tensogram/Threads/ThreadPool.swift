import Glibc
import Synchronization

/// The one pool of threads that codecs, arrays and batch reads share.
///
/// Made on first use; a thread is started when a job finds none idle, up to one per core. Threads take jobs from one
/// queue and never end. A forked child, which has none of its parent's threads, makes a pool of its own.
@safe package final class ThreadPool: @unchecked Sendable {
  package typealias Job = @Sendable () -> Void

  /// Cores that there are.
  package static let coreCount = max(Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))), 1)

  private let monitor = Monitor()
  // Guarded by `monitor`.
  private var jobs: [Job] = []
  private var firstJob = 0
  private var idleThreads = 0
  private var threads = 0

  private init() {}

  /// This process's pool.
  package static var shared: ThreadPool {
    _ = installedForkHandler
    if let pool = pool(at: address.load(ordering: .acquiring)) { return pool }
    let pool = ThreadPool()
    let own = unsafe UInt(bitPattern: Unmanaged.passRetained(pool).toOpaque())
    let first = address.compareExchange(expected: 0, desired: own, ordering: .acquiringAndReleasing)
    // Another thread may have been quicker; a pool that has started no thread costs nothing.
    return first.exchanged ? pool : self.pool(at: first.original) ?? pool
  }

  /// Where the pool is, which is retained for ever; 0 until first use.
  private static let address = Atomic<UInt>(0)

  private static func pool(at address: UInt) -> ThreadPool? {
    guard let pointer = unsafe UnsafeRawPointer(bitPattern: address) else { return nil }
    return unsafe Unmanaged<ThreadPool>.fromOpaque(pointer).takeUnretainedValue()
  }

  /// In a child the old pool is left alone: its threads are gone, and its lock may be taken for ever.
  private static let installedForkHandler: Bool =
    pthread_atfork(nil, nil) { ThreadPool.address.store(0, ordering: .releasing) } == 0

  /// Has `job` run by a thread of the pool, soon.
  package func submit(_ job: @escaping Job) {
    monitor.locked {
      jobs.append(job)
      if idleThreads == 0 && threads < Self.coreCount && startThread() { threads += 1 }
      monitor.signalOne()
    }
  }

  private func startThread() -> Bool {
    var attributes = pthread_attr_t()
    unsafe pthread_attr_init(&attributes)
    defer { unsafe pthread_attr_destroy(&attributes) }
    unsafe pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    var thread = pthread_t()
    // The pool is never freed, so the thread may hold on to it without counting.
    let pointer = unsafe Unmanaged.passUnretained(self).toOpaque()
    return unsafe pthread_create(
      &thread, &attributes,
      { pointer in
        guard let pointer = unsafe pointer else { return nil }
        unsafe Unmanaged<ThreadPool>.fromOpaque(pointer).takeUnretainedValue().work()
      }, pointer) == 0
  }

  private func work() -> Never {
    while true { nextJob()() }
  }

  private func nextJob() -> Job {
    monitor.locked {
      idleThreads += 1
      while firstJob == jobs.count { monitor.wait() }
      idleThreads -= 1
      let job = jobs[firstJob]
      firstJob += 1
      if firstJob == jobs.count {
        jobs.removeAll(keepingCapacity: true)
        firstJob = 0
      }
      return job
    }
  }
}
