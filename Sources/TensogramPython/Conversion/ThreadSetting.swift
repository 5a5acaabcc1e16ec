import Glibc
import Tensogram

/// The `threads` argument and `TENSOGRAM_THREADS` (contract §21).
enum ThreadSetting {
  /// Workers for a `threads` argument: never more than the machine has processors; 0 is what the environment says, and
  /// one worker where that says nothing.
  static func workers(_ threads: Int) throws(PythonError) -> Workers {
    if threads > 0 { return Workers(min(threads, processors)) }
    switch environment {
    case .count(let count): return Workers(min(count, processors))
    case .invalid(let value):
      throw .value("EncodingError: TENSOGRAM_THREADS must be a non-negative integer, not '\(value)'")
    }
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

  private static let processors = max(Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))), 1)
}
