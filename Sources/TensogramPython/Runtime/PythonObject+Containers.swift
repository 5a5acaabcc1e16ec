import CPython

extension PythonObject {
  static func tuple() throws(PythonError) -> PythonObject { unsafe try PythonObject(PyTuple_New(0)) }

  static func tuple(_ item: consuming PythonObject) throws(PythonError) -> PythonObject {
    let tuple = unsafe try PythonObject(PyTuple_New(1))
    try tuple.setTupleItem(0, item)
    return tuple
  }

  static func tuple(
    _ first: consuming PythonObject, _ second: consuming PythonObject
  ) throws(PythonError) -> PythonObject {
    let tuple = unsafe try PythonObject(PyTuple_New(2))
    try tuple.setTupleItem(0, first)
    try tuple.setTupleItem(1, second)
    return tuple
  }

  static func tuple(
    _ first: consuming PythonObject, _ second: consuming PythonObject, _ third: consuming PythonObject,
    _ fourth: consuming PythonObject? = nil
  ) throws(PythonError) -> PythonObject {
    let hasFourth = fourth != nil
    let tuple = unsafe try PythonObject(PyTuple_New(hasFourth ? 4 : 3))
    try tuple.setTupleItem(0, first)
    try tuple.setTupleItem(1, second)
    try tuple.setTupleItem(2, third)
    if let fourth { try tuple.setTupleItem(3, fourth) }
    return tuple
  }

  static func tuple(_ integers: [Int]) throws(PythonError) -> PythonObject {
    let tuple = unsafe try PythonObject(PyTuple_New(integers.count))
    for (position, integer) in integers.enumerated() { try tuple.setTupleItem(position, PythonObject(integer)) }
    return tuple
  }

  static func list() throws(PythonError) -> PythonObject { unsafe try PythonObject(PyList_New(0)) }

  /// A list of `count` items that `item` makes.
  static func list(
    count: Int, _ item: (Int) throws(PythonError) -> PythonObject
  ) throws(PythonError) -> PythonObject {
    let list = unsafe try PythonObject(PyList_New(count))
    for position in 0..<count {
      // Takes the reference over, also where it fails.
      if unsafe PyList_SetItem(list.pointer, position, try item(position).release()) < 0 { throw .raised }
    }
    return list
  }

  static func list(_ integers: [Int]) throws(PythonError) -> PythonObject {
    try list(count: integers.count) { position throws(PythonError) in try PythonObject(integers[position]) }
  }

  static func dict() throws(PythonError) -> PythonObject { unsafe try PythonObject(PyDict_New()) }

  /// `dict[name] = value`
  func set(_ name: String, _ value: borrowing PythonObject) throws(PythonError) {
    try setItem(PythonObject(text: name), value)
  }

  private func setTupleItem(_ position: Int, _ item: consuming PythonObject) throws(PythonError) {
    if unsafe PyTuple_SetItem(pointer, position, item.release()) < 0 { throw .raised }
  }
}

extension PythonReference where Self: ~Copyable {
  /// `len(object)`
  func count() throws(PythonError) -> Int {
    let count = unsafe PyObject_Size(pointer)
    if count < 0 { throw .raised }
    return count
  }

  func append(_ item: borrowing some PythonReference & ~Copyable) throws(PythonError) {
    if unsafe PyList_Append(pointer, item.pointer) < 0 { throw .raised }
  }

  /// An item of a list, with a reference of its own: the list may change meanwhile. IndexError where there is none.
  func listItem(_ position: Int) throws(PythonError) -> PythonObject {
    guard let item = unsafe PyList_GetItem(pointer, position) else { throw .raised }
    return unsafe PythonObject(Borrowed(item))
  }

  /// An item of a tuple, which lives as long as the tuple.
  func tupleItem(_ position: Int) throws(PythonError) -> Borrowed {
    guard let item = unsafe PyTuple_GetItem(pointer, position) else { throw .raised }
    return unsafe Borrowed(item)
  }

  /// The value of a key in a dict, with a reference of its own; nil where there is none.
  func entry(_ key: borrowing some PythonReference & ~Copyable) throws(PythonError) -> PythonObject? {
    guard let value = unsafe PyDict_GetItemWithError(pointer, key.pointer) else {
      if unsafe PyErr_Occurred() != nil { throw .raised }
      return nil
    }
    return unsafe PythonObject(Borrowed(value))
  }

  /// Whether a dict has a key.
  func hasEntry(_ key: borrowing some PythonReference & ~Copyable) throws(PythonError) -> Bool {
    let answer = unsafe PyDict_Contains(pointer, key.pointer)
    if answer < 0 { throw .raised }
    return answer == 1
  }

  /// `dict[key] = value`
  func setItem(
    _ key: borrowing some PythonReference & ~Copyable, _ value: borrowing some PythonReference & ~Copyable
  ) throws(PythonError) {
    if unsafe PyDict_SetItem(pointer, key.pointer, value.pointer) < 0 { throw .raised }
  }

  /// Calls `body` for each entry of a dict, in its order. The dict may change meanwhile: references are held.
  func forEachEntry(
    _ body: (_ key: borrowing PythonObject, _ value: borrowing PythonObject) throws(PythonError) -> Void
  ) throws(PythonError) {
    var position = 0
    var key: PyPointer?
    var value: PyPointer?
    while unsafe PyDict_Next(pointer, &position, &key, &value) != 0 {
      guard let key = unsafe key, let value = unsafe value else { return }
      let heldKey = unsafe PythonObject(Borrowed(key))
      let heldValue = unsafe PythonObject(Borrowed(value))
      try body(heldKey, heldValue)
    }
  }

  /// The keys, values, or tuples of both of a dict, as a list.
  func dictKeys() throws(PythonError) -> PythonObject { unsafe try PythonObject(PyDict_Keys(pointer)) }
  func dictValues() throws(PythonError) -> PythonObject { unsafe try PythonObject(PyDict_Values(pointer)) }
  func dictItems() throws(PythonError) -> PythonObject { unsafe try PythonObject(PyDict_Items(pointer)) }

  /// `object[key]`
  func item(_ key: borrowing some PythonReference & ~Copyable) throws(PythonError) -> PythonObject {
    unsafe try PythonObject(PyObject_GetItem(pointer, key.pointer))
  }

  /// `iter(object)`
  func iterator() throws(PythonError) -> PythonObject { unsafe try PythonObject(PyObject_GetIter(pointer)) }

  /// Calls `body` for each item of any iterable.
  func forEachItem(_ body: (borrowing PythonObject) throws(PythonError) -> Void) throws(PythonError) {
    let iterator = try iterator()
    while let item = unsafe PyIter_Next(iterator.pointer) {
      try body(unsafe PythonObject(owning: item))
    }
    if unsafe PyErr_Occurred() != nil { throw .raised }
  }
}
