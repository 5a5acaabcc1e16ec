import CPython

extension PythonObject {
  init(text: String) throws(PythonError) {
    var text = text
    let pointer = unsafe text.withUTF8 { bytes in
      // Copies; an empty buffer has no address, which the function allows for a length of 0.
      unsafe UnsafeRawPointer(bytes.baseAddress).map {
        unsafe PyUnicode_FromStringAndSize($0.assumingMemoryBound(to: CChar.self), bytes.count)
      } ?? PyUnicode_FromStringAndSize(nil, 0)
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
