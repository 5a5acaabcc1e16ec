import CPython

/// `tensogram.Message`, a named tuple that Python code defines.
enum MessageClass {
  // Guarded by the GIL.
  nonisolated(unsafe) private static var loaded: (type: PermanentObject, make: newfunc)?

  static func make(
    _ metadata: consuming PythonObject, _ objects: consuming PythonObject
  ) throws(PythonError) -> PythonObject {
    let (type, make) = unsafe try load()
    // `tuple.__new__(Message, (metadata, objects))`, past the Python code of Message itself.
    let arguments = try PythonObject.tuple(.tuple(metadata, objects))
    return unsafe try PythonObject(make(OpaquePointer(type.pointer), arguments.pointer, nil))
  }

  private static func load() throws(PythonError) -> (type: PermanentObject, make: newfunc) {
    if let loaded = unsafe loaded { return unsafe loaded }
    let type = try PythonObject.module("tensogram._message").attribute(InternedString("Message"))
    guard let slot = unsafe PyType_GetSlot(CPython_tupleType(), Py_tp_new) else {
      throw .runtime("tensogram: this Python has no tuple.__new__")
    }
    let found = unsafe (PermanentObject(type), unsafeBitCast(slot, to: newfunc.self))
    unsafe loaded = unsafe found
    return unsafe found
  }
}
