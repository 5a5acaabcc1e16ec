import CPython

typealias PyPointer = UnsafeMutablePointer<PyObject>

/// A reference to a Python object that is alive; all of it needs the GIL.
protocol PythonReference: ~Copyable {
  var pointer: PyPointer { get }
}

/// A Python object that somebody else keeps alive: an argument of the running call, an item of a container that is
/// held, a singleton.
@safe struct Borrowed: PythonReference {
  let pointer: PyPointer

  init(_ pointer: PyPointer) { unsafe self.pointer = pointer }

  static var none: Borrowed { unsafe Borrowed(CPython_None()) }
}

/// A Python object that is never let go: a class, an imported function, a name.
@safe struct PermanentObject: PythonReference, @unchecked Sendable {
  let pointer: PyPointer

  init(_ object: consuming PythonObject) { unsafe pointer = object.release() }
}

/// A Python object with a reference of our own, given back when the value goes: a variable at the end of its scope, a
/// temporary at once. So ``pointer`` is for variables only; of a temporary, call a method.
@safe struct PythonObject: ~Copyable, PythonReference {
  let pointer: PyPointer

  /// Takes over a new reference, as most C functions return it.
  init(owning pointer: PyPointer) { unsafe self.pointer = pointer }

  /// Takes over the new reference that a C function returned; nil means that it has raised.
  init(_ pointer: PyPointer?) throws(PythonError) {
    guard let pointer = unsafe pointer else { throw .raised }
    unsafe self.pointer = pointer
  }

  /// Adds a reference to an argument that CPython never leaves out, such as `self`.
  @safe init(newReference pointer: PyPointer?) throws(PythonError) {
    guard let pointer = unsafe pointer else { throw .runtime("tensogram: Python called without an object") }
    unsafe Py_INCREF(pointer)
    unsafe self.pointer = unsafe pointer
  }

  /// Adds a reference.
  init(_ other: borrowing some PythonReference & ~Copyable) {
    unsafe pointer = other.pointer
    unsafe Py_INCREF(pointer)
  }

  deinit { unsafe Py_DECREF(pointer) }

  /// Hands the reference to a C function that keeps it, or to the interpreter as a result.
  consuming func release() -> PyPointer {
    let pointer = unsafe self.pointer
    discard self
    return unsafe pointer
  }

  var borrowed: Borrowed { unsafe Borrowed(pointer) }

  static var none: PythonObject { PythonObject(Borrowed.none) }
}

extension PythonReference where Self: ~Copyable {
  func isIdentical(to other: borrowing some PythonReference & ~Copyable) -> Bool { unsafe pointer == other.pointer }

  var isNone: Bool { unsafe pointer == CPython_None() }
  var isText: Bool { unsafe CPython_isText(pointer) != 0 }
  var isInteger: Bool { unsafe CPython_isInteger(pointer) != 0 }
  var isFloat: Bool { unsafe CPython_isFloat(pointer) != 0 }
  var isComplex: Bool { unsafe CPython_isComplex(pointer) != 0 }
  var isBool: Bool { unsafe CPython_isBool(pointer) != 0 }
  var isBytes: Bool { unsafe CPython_isBytes(pointer) != 0 }
  var isByteArray: Bool { unsafe CPython_isByteArray(pointer) != 0 }
  var isMemoryView: Bool { unsafe CPython_isMemoryView(pointer) != 0 }
  var isDict: Bool { unsafe CPython_isDict(pointer) != 0 }
  var isList: Bool { unsafe CPython_isList(pointer) != 0 }
  var isTuple: Bool { unsafe CPython_isTuple(pointer) != 0 }
  var isSlice: Bool { unsafe CPython_isSlice(pointer) != 0 }

  /// Whether the object stands for an integer: it has `__index__`.
  var isIndex: Bool { unsafe PyIndex_Check(pointer) != 0 }

  /// Its class, as Python's `type(object)`.
  var type: Borrowed {
    unsafe Borrowed(UnsafeMutableRawPointer(Py_TYPE(pointer)).assumingMemoryBound(to: PyObject.self))
  }

  func isInstance(of type: borrowing some PythonReference & ~Copyable) throws(PythonError) -> Bool {
    let answer = unsafe PyObject_IsInstance(pointer, type.pointer)
    if answer < 0 { throw .raised }
    return answer == 1
  }

  /// The name of its class, for error texts.
  var typeName: String {
    guard let name = unsafe PyType_GetName(Py_TYPE(pointer)) else {
      PythonError.clear()
      return "object"
    }
    let object = unsafe PythonObject(owning: name)
    return object.textOrPlaceholder
  }

  func attribute(_ name: InternedString) throws(PythonError) -> PythonObject {
    unsafe try PythonObject(PyObject_GetAttr(pointer, name.pointer))
  }

  func setAttribute(_ name: InternedString, _ value: borrowing some PythonReference & ~Copyable) throws(PythonError) {
    if unsafe PyObject_SetAttr(pointer, name.pointer, value.pointer) < 0 { throw .raised }
  }

  /// Calls it with the items of a tuple.
  func call(_ arguments: borrowing PythonObject) throws(PythonError) -> PythonObject {
    unsafe try PythonObject(PyObject_Call(pointer, arguments.pointer, nil))
  }

  func call() throws(PythonError) -> PythonObject { unsafe try PythonObject(PyObject_CallNoArgs(pointer)) }

  /// `object == other`
  func equals(_ other: borrowing some PythonReference & ~Copyable) throws(PythonError) -> Bool {
    let answer = unsafe PyObject_RichCompareBool(pointer, other.pointer, Py_EQ)
    if answer < 0 { throw .raised }
    return answer == 1
  }
}
