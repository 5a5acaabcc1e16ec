import CPython

extension PythonObject {
  init(_ value: Int) throws(PythonError) { unsafe try self.init(PyLong_FromSsize_t(value)) }

  init(_ value: UInt64) throws(PythonError) { unsafe try self.init(PyLong_FromUnsignedLongLong(value)) }

  init(_ value: Double) throws(PythonError) { unsafe try self.init(PyFloat_FromDouble(value)) }

  init(_ value: Bool) { unsafe self.init(Borrowed(value ? CPython_True() : CPython_False())) }
}

extension PythonReference where Self: ~Copyable {
  /// The integer that the object stands for, `int` itself or what its `__index__` gives.
  func index() throws(PythonError) -> PythonObject { unsafe try PythonObject(PyNumber_Index(pointer)) }

  /// The value of an `int` and which way it is out of range, if it is.
  func integer() throws(PythonError) -> (value: Int, overflow: Int) {
    var overflow: Int32 = 0
    let value = unsafe PyLong_AsLongLongAndOverflow(pointer, &overflow)
    if value == -1 && overflow == 0, unsafe PyErr_Occurred() != nil { throw .raised }
    return (Int(value), Int(overflow))
  }

  /// The value of an `int` that is 0 or more and fits; else nil.
  func unsignedInteger() -> UInt64? {
    let value = unsafe PyLong_AsUnsignedLongLong(pointer)
    if value == .max, unsafe PyErr_Occurred() != nil {
      PythonError.clear()
      return nil
    }
    return value
  }

  /// `float(object)`
  func float() throws(PythonError) -> Double {
    let value = unsafe PyFloat_AsDouble(pointer)
    if value == -1, unsafe PyErr_Occurred() != nil { throw .raised }
    return value
  }

  /// Whether its class can make a float of it.
  var hasFloat: Bool { unsafe PyType_GetSlot(Py_TYPE(pointer), Py_nb_float) != nil }

  /// `~object`, which of an int is −1 − n.
  func inverted() throws(PythonError) -> PythonObject { unsafe try PythonObject(PyNumber_Invert(pointer)) }

  func isTrue() throws(PythonError) -> Bool {
    let answer = unsafe PyObject_IsTrue(pointer)
    if answer < 0 { throw .raised }
    return answer == 1
  }
}
