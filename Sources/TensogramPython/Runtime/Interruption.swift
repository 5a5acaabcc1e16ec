import CPython
import Tensogram

/// Ctrl-C and other signals during long calls: Python's handlers run, and what they raise ends the call.
enum Interruption {
  /// For one call, made by the thread that makes the call. Costs next to nothing until that has lasted for a while.
  static func cancellation() -> Cancellation { Cancellation(isWanted: isWanted) }

  /// Whether a handler has raised an exception, which is then set.
  private static let isWanted: @Sendable () -> Bool = {
    // Python runs handlers in the main thread only; others need not wait for the GIL.
    guard CPython_isMainThread() != 0 else { return false }
    let state = PyGILState_Ensure()
    defer { PyGILState_Release(state) }
    return PyErr_CheckSignals() != 0
  }
}
