import CPython

typealias FastFunction = @convention(c) (PyPointer?, UnsafePointer<PyPointer?>?, Int, PyPointer?) -> PyPointer?

/// A function of the module or a method of a class, with what `help()` shows.
///
/// The entry is a closure without captures that hands its arguments to ``call(_:_:_:_:_:)``.
@safe struct Method: @unchecked Sendable {
  let definition: PyMethodDef

  @safe init(_ signature: Signature, isStatic: Bool = false, _ documentation: String, _ entry: FastFunction) {
    // CPython calls the function by the flags given here, whatever its declared type.
    let function = unsafe unsafeBitCast(entry, to: PyCFunction.self)
    let isMethod = isStatic ? "" : "$self"
    let parameters = [isMethod, signature.text].filter { !$0.isEmpty }.joined(separator: ", ")
    unsafe definition = PyMethodDef(
      ml_name: permanentText(signature.function), ml_meth: function,
      ml_flags: METH_FASTCALL | METH_KEYWORDS | (isStatic ? METH_STATIC : 0),
      ml_doc: permanentText("\(signature.function)(\(parameters))\n--\n\n\(documentation)"))
  }

  /// A table as CPython wants it, which lives for ever.
  static func table(_ methods: [Method]) -> UnsafeMutablePointer<PyMethodDef> {
    let table = UnsafeMutablePointer<PyMethodDef>.allocate(capacity: methods.count + 1)
    for (position, method) in methods.enumerated() { unsafe table[position] = method.definition }
    unsafe table[methods.count] = PyMethodDef()
    return unsafe table
  }
}

/// A property of a class.
@safe struct Property: @unchecked Sendable {
  let definition: PyGetSetDef

  @safe init(_ name: String, _ documentation: String, _ getter: getter) {
    unsafe definition = PyGetSetDef(
      name: permanentText(name), get: getter, set: nil, doc: permanentText(documentation), closure: nil)
  }

  /// A table as CPython wants it, which lives for ever.
  static func table(_ properties: [Property]) -> UnsafeMutablePointer<PyGetSetDef> {
    let table = UnsafeMutablePointer<PyGetSetDef>.allocate(capacity: properties.count + 1)
    for (position, property) in properties.enumerated() { unsafe table[position] = property.definition }
    unsafe table[properties.count] = PyGetSetDef()
    return unsafe table
  }
}

/// Fills a buffer view; not among the names of the limited API, though the slot is.
typealias getbufferproc = @convention(c) (PyPointer?, UnsafeMutablePointer<Py_buffer>?, Int32) -> Int32

/// What an operator or protocol of Python calls on a class.
@safe struct Slot: @unchecked Sendable {
  let definition: PyType_Slot

  /// `Class(…)`
  @safe static func constructor(_ function: newfunc) -> Slot { unsafe Slot(Py_tp_new, function) }
  /// `repr(object)`
  @safe static func representation(_ function: reprfunc) -> Slot { unsafe Slot(Py_tp_repr, function) }
  /// `len(object)`
  @safe static func length(_ function: lenfunc) -> Slot { unsafe Slot(Py_mp_length, function) }
  /// `object[key]`
  @safe static func item(_ function: binaryfunc) -> Slot { unsafe Slot(Py_mp_subscript, function) }
  /// `key in object`
  @safe static func contains(_ function: objobjproc) -> Slot { unsafe Slot(Py_sq_contains, function) }
  /// `iter(object)`
  @safe static func iterator(_ function: getiterfunc) -> Slot { unsafe Slot(Py_tp_iter, function) }
  /// `next(object)`; nil without an exception ends the iteration.
  @safe static func next(_ function: iternextfunc) -> Slot { unsafe Slot(Py_tp_iternext, function) }
  /// `object(…)`
  @safe static func call(_ function: ternaryfunc) -> Slot { unsafe Slot(Py_tp_call, function) }
  /// `aiter(object)`
  @safe static func asyncIterator(_ function: unaryfunc) -> Slot { unsafe Slot(Py_am_aiter, function) }
  /// `anext(object)`
  @safe static func asyncNext(_ function: unaryfunc) -> Slot { unsafe Slot(Py_am_anext, function) }
  /// `memoryview(object)`
  @safe static func buffer(_ function: getbufferproc) -> Slot { unsafe Slot(Py_bf_getbuffer, function) }

  private init<Function>(_ number: Int32, _ function: Function) {
    // CPython takes every function as an address and calls it as what the number says.
    unsafe definition = PyType_Slot(slot: number, pfunc: unsafeBitCast(function, to: UnsafeMutableRawPointer.self))
  }
}

/// A C string that lives for ever; for names and documentation, made once at import.
func permanentText(_ text: String) -> UnsafePointer<CChar> {
  var text = text
  return text.withUTF8 { bytes in
    let copy = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count + 1)
    for position in 0..<bytes.count { unsafe copy[position] = CChar(bitPattern: bytes[position]) }
    unsafe copy[bytes.count] = 0
    return unsafe UnsafePointer(copy)
  }
}

/// The result of `body` as C wants it: a new reference, or nil with an exception set.
@inline(__always)
@safe func answer(_ body: () throws(PythonError) -> PythonObject) -> PyPointer? {
  do { return unsafe try body().release() } catch { return nil }
}

/// The next item of an iteration as C wants it: a new reference, nil at the end, or nil with an exception set.
@safe func answerNext(_ body: () throws(PythonError) -> PythonObject?) -> PyPointer? {
  do { return unsafe try body()?.release() } catch { return nil }
}

/// Sorts the arguments of a call and answers it.
@inline(__always)
@safe func call(
  _ signature: Signature, _ given: UnsafePointer<PyPointer?>?, _ count: Int, _ keywords: PyPointer?,
  _ body: (borrowing Arguments) throws(PythonError) -> PythonObject
) -> PyPointer? {
  answer { () throws(PythonError) -> PythonObject in
    try body(unsafe Arguments(signature, given, count, keywords))
  }
}

/// Sorts the arguments of a call of a class and answers it.
@safe func construct(
  _ signature: Signature, _ positional: PyPointer?, _ keywords: PyPointer?,
  _ body: (borrowing Arguments) throws(PythonError) -> PythonObject
) -> PyPointer? {
  answer { () throws(PythonError) -> PythonObject in
    let positional = try PythonObject(newReference: positional)
    // A dict that only this call has, so that nothing can take the arguments out of it meanwhile.
    guard let keywords = unsafe keywords else { return try body(Arguments(signature, positional, nil)) }
    let ownKeywords = unsafe try PythonObject(PyDict_Copy(keywords))
    return try body(Arguments(signature, positional, ownKeywords.borrowed))
  }
}
