import CPython

/// A Python string that lives for ever and that equal literals in Python code are identical to, so that names are
/// compared by address first.
@safe struct InternedString: PythonReference, @unchecked Sendable {
  let pointer: PyPointer
  let text: String

  /// Makes one; the text is a name in this package, so it has no zero byte. Ends the process only without memory.
  init(_ text: String) {
    self.text = text
    guard let pointer = unsafe PyUnicode_InternFromString(text) else {
      unsafe Py_FatalError("tensogram: no memory for the names of this module")
    }
    unsafe self.pointer = unsafe pointer
  }

  /// Whether `other` is the same string: mostly one comparison of addresses.
  func matches(_ other: Borrowed) -> Bool {
    if isIdentical(to: other) { return true }
    guard other.isText else { return false }
    let order = unsafe PyUnicode_Compare(pointer, other.pointer)
    if order == -1 { PythonError.clear() }
    return order == 0
  }
}
