import Glibc
import Synchronization

/// Lets the caller of long work ask it to stop.
///
/// The thread that makes one, and then calls the work, asks `isWanted` now and then, not more often than every
/// ``interval``; all threads that share the work stop soon after it has said yes.
public final class Cancellation: Sendable {
  /// Nanoseconds between questions, and before the first.
  static let interval: UInt64 = 30_000_000

  private let isWanted: @Sendable () -> Bool
  private let hasBeenWanted = Atomic(false)
  /// 0 until the first look at the clock, so that making one for short work costs next to nothing.
  private let nextQuestion = Atomic<UInt64>(0)
  private let caller = UInt(pthread_self())

  public init(isWanted: @escaping @Sendable () -> Bool) { self.isWanted = isWanted }

  /// Whether somebody has said yes; never asks.
  var isRequested: Bool { hasBeenWanted.load(ordering: .relaxed) }

  /// Throws a cancelled error after a yes; asks where it is time to, and this is the caller's thread.
  func check() throws(TensogramError) {
    if !isRequested && UInt(pthread_self()) == caller && isTime && isWanted() {
      hasBeenWanted.store(true, ordering: .relaxed)
    }
    if isRequested { throw TensogramError(.cancelled, "the work was stopped on request") }
  }

  /// Whether the interval is over; begins the next one then.
  private var isTime: Bool {
    let now = Self.now
    let next = nextQuestion.load(ordering: .relaxed)
    if now < next { return false }
    nextQuestion.store(now + Self.interval, ordering: .relaxed)
    return next != 0
  }

  private static var now: UInt64 {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
  }
}
