import CPython
import Tensogram

/// A Python object that Swift code holds which may run, and let go of it, without the GIL.
@safe final class HeldObject: PythonReference, @unchecked Sendable {
  let pointer: PyPointer

  init(_ object: consuming PythonObject) { unsafe pointer = object.release() }

  deinit { withGIL { unsafe Py_DECREF(pointer) } }
}

/// Calls `body` with the GIL, on any thread, whether or not it has the GIL already.
func withGIL<Result: ~Copyable, Failure: Error>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
  let state = PyGILState_Ensure()
  defer { PyGILState_Release(state) }
  return try body()
}

/// A Python exception on its way through the core.
@safe final class PythonException: CallerError, @unchecked Sendable {
  private var type: PyPointer?
  private var value: PyPointer?
  private var traceback: PyPointer?

  /// Takes the exception that is set; needs the GIL.
  override init() {
    super.init()
    unsafe PyErr_Fetch(&type, &value, &traceback)
  }

  /// Sets it again; needs the GIL.
  func raise() -> PythonError {
    unsafe Py_XINCREF(type)
    unsafe Py_XINCREF(value)
    unsafe Py_XINCREF(traceback)
    unsafe PyErr_Restore(type, value, traceback)
    return .raised
  }

  deinit {
    withGIL {
      unsafe Py_XDECREF(type)
      unsafe Py_XDECREF(value)
      unsafe Py_XDECREF(traceback)
    }
  }

  /// Calls Python from code that runs without the GIL; an exception becomes an error of the core.
  static func carried<Result>(_ body: () throws(PythonError) -> Result) throws(TensogramError) -> Result {
    try withGIL { () throws(TensogramError) in
      do throws(PythonError) { return try body() } catch {
        throw TensogramError(.caller(PythonException()), "a Python function raised")
      }
    }
  }
}
