import CPython
import Tensogram
import TensogramArrays

/// A Python object that Swift objects on any thread hold on to.
@safe final class HeldObject: @unchecked Sendable {
  private let pointer: PyPointer

  /// With the GIL.
  init(_ object: borrowing some PythonReference & ~Copyable) { unsafe pointer = PythonObject(object).release() }

  deinit { GIL.withIt { unsafe Py_DECREF(pointer) } }

  /// For use with the GIL, while self lives.
  var object: Borrowed { unsafe Borrowed(pointer) }
}

/// The global interpreter lock, from threads that may not have it.
enum GIL {
  /// Runs `body` with the lock. Where the interpreter has ended it does not: what is left of Python is gone with it.
  static func withIt(_ body: () -> Void) {
    guard Py_IsInitialized() != 0 else { return }
    let state = PyGILState_Ensure()
    body()
    PyGILState_Release(state)
  }

  /// As ``withIt(_:)``; a Python exception is taken out of the interpreter and thrown.
  static func calling<Result>(_ body: () throws(PythonError) -> Result) throws -> Result {
    let state = PyGILState_Ensure()
    defer { PyGILState_Release(state) }
    do { return try body() } catch { throw PythonException() }
  }
}

/// An exception that Python code has raised, on its way through Swift to the caller.
final class PythonException: NotedError, @unchecked Sendable {
  private let exception: HeldObject

  /// Takes the exception that is set; with the GIL.
  init() {
    var (type, value, traceback): (PyPointer?, PyPointer?, PyPointer?) = (nil, nil, nil)
    unsafe PyErr_Fetch(&type, &value, &traceback)
    unsafe PyErr_NormalizeException(&type, &value, &traceback)
    if let value = unsafe value, let traceback = unsafe traceback {
      unsafe PyException_SetTraceback(value, traceback)
    }
    unsafe exception = HeldObject(Borrowed(value ?? CPython_None()))
    unsafe Py_XDECREF(type)
    unsafe Py_XDECREF(value)
    unsafe Py_XDECREF(traceback)
  }

  /// Sets it again; with the GIL.
  func restore() -> PythonError {
    unsafe PyErr_SetObject(exception.object.type.pointer, exception.object.pointer)
    return .raised
  }

  func addNote(_ note: String) {
    GIL.withIt {
      do throws(PythonError) {
        _ = try exception.object.attribute(InternedString("add_note")).call(.tuple(PythonObject(text: note)))
      } catch {
        PythonError.clear()
      }
    }
  }
}

extension PythonError {
  /// Raises what a computation has thrown.
  static func computing(_ error: any Error) -> PythonError {
    switch error {
    case let error as PythonException: error.restore()
    case let error as TensogramError: PythonError(error)
    case let error as ArrayError: error.kind == .index ? .index(error.description) : .value(error.description)
    default: .runtime("\(error)")
    }
  }
}
