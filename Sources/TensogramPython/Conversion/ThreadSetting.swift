import Glibc
import Tensogram

/// The `threads` argument and `TENSOGRAM_THREADS` (contract §21).
enum ThreadSetting {
  /// Workers for a `threads` argument of the call that this thread has just begun: never more than the machine has
  /// processors; 0 is what the environment says, and one worker where that says nothing.
  static func workers(_ threads: Int) throws(PythonError) -> Workers {
    if threads > 0 { return workers(ofThisCall: threads) }
    switch environment {
    case .count(let count): return workers(ofThisCall: count)
    case .invalid(let value):
      throw .value("EncodingError: TENSOGRAM_THREADS must be a non-negative integer, not '\(value)'")
    }
  }

  /// So many workers, of a call that this thread has just begun: signals stop them.
  static func workers(ofThisCall count: Int) -> Workers {
    Workers(count, cancellation: Interruption.cancellation())
  }

  private enum Environment {
    case count(Int)
    case invalid(String)
  }

  /// Read once in a process.
  private static let environment: Environment = {
    guard let value = unsafe getenv("TENSOGRAM_THREADS") else { return .count(1) }
    let text = unsafe String(cString: value)
    if text.isEmpty { return .count(1) }
    guard let count = UInt64(text) else { return .invalid(text) }
    return .count(max(Int(clamping: count), 1))
  }()
}
