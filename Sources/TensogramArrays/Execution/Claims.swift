import Tensogram

/// Which units are being made, so that no other worker makes the same meanwhile.
///
/// Who makes a unit has all that it is made of, and waits for no other one: nobody waits in a circle.
final class Claims: @unchecked Sendable {
  private let monitor = Monitor()
  // Guarded by `monitor`.
  private var claimed: Set<Request> = []

  /// Claims a unit; false where somebody else had it, until now or for a while already.
  func begin(_ request: Request, _ worker: Worker) throws -> Bool {
    try worker.run.check(worker)
    return monitor.locked {
      if claimed.insert(request).inserted { return true }
      // Now and then the calling thread has to ask whether to stop.
      monitor.wait(milliseconds: 100)
      return false
    }
  }

  func end(_ request: Request) {
    monitor.locked {
      claimed.remove(request)
      monitor.signalAll()
    }
  }
}
