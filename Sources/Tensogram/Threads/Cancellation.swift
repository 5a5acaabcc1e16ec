import Glibc
import Synchronization

/// Lets the caller of long work ask it to stop.
///
/// The calling thread asks `isWanted` now and then, not more often than every ``interval``; all threads that share the
/// work stop soon after it has said yes.
public final class Cancellation: Sendable {
  /// Nanoseconds between questions.
  private static let interval: UInt64 = 30_000_000

  private let isWanted: @Sendable () -> Bool
  private let hasBeenWanted = Atomic(false)
  private let nextQuestion: Atomic<UInt64>

  public init(isWanted: @escaping @Sendable () -> Bool) {
    self.isWanted = isWanted
    nextQuestion = Atomic(Self.now + Self.interval)
  }

  /// Whether somebody has said yes; never asks.
  var isRequested: Bool { hasBeenWanted.load(ordering: .relaxed) }

  /// Asks where it is time to; only for the thread that called the work. Throws a cancelled error after a yes.
  func check() throws(TensogramError) {
    if !isRequested {
      let now = Self.now
      if now < nextQuestion.load(ordering: .relaxed) { return }
      nextQuestion.store(now + Self.interval, ordering: .relaxed)
      if isWanted() { hasBeenWanted.store(true, ordering: .relaxed) }
    }
    if isRequested { throw TensogramError(.cancelled, "the work was stopped on request") }
  }

  private static var now: UInt64 {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
  }
}
