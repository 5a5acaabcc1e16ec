import CPython
import Tensogram

/// Tells that Python's error indicator is set, as NULL does in C: the exception itself is already with the interpreter.
///
/// ```swift
/// throw .value("unknown dtype: \(name)")
/// ```
/// Making one sets the indicator, so it must be thrown on until it is back in Python, or ``clear()``ed.
enum PythonError: Error {
  case raised

  static func value(_ text: String) -> PythonError { unsafe set(Borrowed(CPython_ValueError()), text) }
  static func type(_ text: String) -> PythonError { unsafe set(Borrowed(CPython_TypeError()), text) }
  static func index(_ text: String) -> PythonError { unsafe set(Borrowed(CPython_IndexError()), text) }
  static func overflow(_ text: String) -> PythonError { unsafe set(Borrowed(CPython_OverflowError()), text) }
  static func memory(_ text: String) -> PythonError { unsafe set(Borrowed(CPython_MemoryError()), text) }
  static func runtime(_ text: String) -> PythonError { unsafe set(Borrowed(CPython_RuntimeError()), text) }

  /// A KeyError whose only argument is the key itself.
  static func key(_ key: borrowing some PythonReference & ~Copyable) -> PythonError {
    unsafe PyErr_SetObject(CPython_KeyError(), key.pointer)
    return .raised
  }

  /// Drops the exception that is set.
  static func clear() { PyErr_Clear() }

  /// Whether the exception that is set is a `type` or derives from it.
  static func matches(_ type: Borrowed) -> Bool { unsafe PyErr_ExceptionMatches(type.pointer) != 0 }

  /// Sets an exception of a class with a text.
  static func set(_ type: borrowing some PythonReference & ~Copyable, _ text: String) -> PythonError {
    if let object = try? PythonObject(text: text) { set(type, object) }
    return .raised
  }

  /// Sets an exception of a class, made with the items of a tuple or with one other object.
  static func set(
    _ type: borrowing some PythonReference & ~Copyable, _ arguments: borrowing some PythonReference & ~Copyable
  ) {
    unsafe PyErr_SetObject(type.pointer, arguments.pointer)
  }
}

/// Python's own classes of exceptions, where they are asked for.
extension Borrowed {
  static var valueError: Borrowed { unsafe Borrowed(CPython_ValueError()) }
  static var osError: Borrowed { unsafe Borrowed(CPython_OSError()) }
  static var bufferError: Borrowed { unsafe Borrowed(CPython_BufferError()) }
  static var importError: Borrowed { unsafe Borrowed(CPython_ImportError()) }
}

/// Calls the core; its errors become Python exceptions. See ``PythonError/init(_:)``.
@inline(__always)
func core<Result: ~Copyable>(
  _ body: () throws(TensogramError) -> Result
) throws(PythonError) -> Result {
  do { return try body() } catch { throw PythonError(error) }
}

/// Bytes that are worth a release of the GIL, which costs what a few KiB cost.
let leastWorkWithoutGIL = 32 * 1024

/// As ``core(_:)``, with the GIL released meanwhile if there is work enough to let other threads run.
///
/// - Parameter work: bytes that are touched. Whatever may wait for a disk passes `.max`.
@inline(__always)
func releasingGIL<Result: ~Copyable>(
  work: Int, _ body: () throws(TensogramError) -> Result
) throws(PythonError) -> Result {
  guard work >= leastWorkWithoutGIL else { return try core(body) }
  let thread = unsafe PyEval_SaveThread()
  do {
    let result = try body()
    unsafe PyEval_RestoreThread(thread)
    return result
  } catch {
    unsafe PyEval_RestoreThread(thread)
    throw PythonError(error)
  }
}

extension PythonError {
  /// The exception that is set, with the number of the object it is about behind its text. Only plain ValueErrors,
  /// TypeErrors and OverflowErrors are changed: others may be made of more than a text.
  func inObject(_ index: Int) -> PythonError {
    var (type, value, traceback): (PyPointer?, PyPointer?, PyPointer?) = (nil, nil, nil)
    unsafe PyErr_Fetch(&type, &value, &traceback)
    unsafe PyErr_NormalizeException(&type, &value, &traceback)
    let plain = unsafe [CPython_ValueError(), CPython_TypeError(), CPython_OverflowError()]
    guard let found = unsafe type, let instance = unsafe value, unsafe plain.contains(found) else {
      unsafe PyErr_Restore(type, value, traceback)
      return self
    }
    let text = unsafe Borrowed(instance).plainText + " (object \(index))"
    let error = unsafe Self.set(Borrowed(found), text)
    unsafe Py_DECREF(instance)
    unsafe Py_DECREF(found)
    unsafe Py_XDECREF(traceback)
    return error
  }
}
