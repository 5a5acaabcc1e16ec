import CPython

extension PythonObject {
  init(text: String) throws(PythonError) {
    var text = text
    let pointer = text.withUTF8 { bytes in
      // Copies; may be nil for no bytes.
      unsafe PyUnicode_FromStringAndSize(
        UnsafeRawPointer(bytes.baseAddress)?.assumingMemoryBound(to: CChar.self), bytes.count)
    }
    unsafe try self.init(pointer)
  }
}

extension PythonReference where Self: ~Copyable {
  /// The text of a `str`; a lone surrogate is a ValueError, as Python's own encoders have it.
  func text() throws(PythonError) -> String {
    var count = 0
    // The interpreter keeps the UTF-8 with the object.
    guard let bytes = unsafe PyUnicode_AsUTF8AndSize(pointer, &count) else { throw .raised }
    return unsafe String(decoding: UnsafeRawBufferPointer(start: bytes, count: count), as: UTF8.self)
  }

  /// Its text, or a placeholder where it has none; for error texts.
  var textOrPlaceholder: String {
    if let text = try? text() { return text }
    PythonError.clear()
    return "?"
  }

  /// `repr(object)`, for error texts.
  var description: String {
    guard let text = unsafe PyObject_Repr(pointer) else {
      PythonError.clear()
      return "<\(typeName)>"
    }
    return unsafe PythonObject(owning: text).textOrPlaceholder
  }
}

extension PythonReference where Self: ~Copyable {
  /// `str(object)`, for error texts.
  var plainText: String {
    guard let text = unsafe PyObject_Str(pointer) else {
      PythonError.clear()
      return "<\(typeName)>"
    }
    return unsafe PythonObject(owning: text).textOrPlaceholder
  }
}
