import CPython
import Tensogram

/// Why a Python value has no place in metadata, and where it stands.
private enum Refusal: Error {
  /// Python code that was called has raised.
  case raised
  /// The keys lead from the value outwards.
  case refused(String, keys: [String])

  var pythonError: PythonError {
    guard case .refused(let text, let keys) = self else { return .raised }
    return .value(keys.isEmpty ? text : "\(text) (at '\(keys.reversed().joined(separator: "."))')")
  }

  func inside(_ key: @autoclosure () -> String) -> Refusal {
    guard case .refused(let text, let keys) = self else { return self }
    return .refused(text, keys: keys + [key()])
  }
}

extension CBORValue {
  /// The value that metadata stores for a Python object (contract §5.2); ValueError for what it cannot.
  ///
  /// - Parameter depth: how many maps and arrays it will be inside of.
  init(_ object: borrowing some PythonReference & ~Copyable, depth: Int) throws(PythonError) {
    do { self = try Self.convert(object, depth) } catch { throw error.pythonError }
  }

  private static func convert(
    _ object: borrowing some PythonReference & ~Copyable, _ depth: Int
  ) throws(Refusal) -> CBORValue {
    if object.isText { return .text(try text(object)) }
    if object.isBool { return .bool(unsafe object.pointer == CPython_True()) }
    if object.isInteger { return try integer(object) }
    if object.isFloat { return .float(try raising { () throws(PythonError) in try object.float() }) }
    if object.isNone { return .null }
    if object.isDict { return .map(try map(object, depth + 1)) }
    if object.isList || object.isTuple { return .array(try array(object, depth + 1)) }
    return try number(object)
  }

  private static func text(_ object: borrowing some PythonReference & ~Copyable) throws(Refusal) -> String {
    try raising { () throws(PythonError) in try object.text() }
  }

  private static func integer(_ object: borrowing some PythonReference & ~Copyable) throws(Refusal) -> CBORValue {
    let (value, overflow) = try raising { () throws(PythonError) in try object.integer() }
    if overflow == 0 { return CBORValue(value) }
    if overflow > 0, let value = object.unsignedInteger() { return .unsigned(value) }
    if overflow < 0 {
      let inverted = try raising { () throws(PythonError) in try object.inverted() }
      if let value = inverted.unsignedInteger() { return .negative(value) }
    }
    throw .refused("integer outside -2^64 … 2^64 - 1 in metadata: it cannot be stored exactly", keys: [])
  }

  /// What is a number by its `__index__` or `__float__`: numpy scalars, enums, Decimal, Fraction, 0-d arrays.
  private static func number(_ object: borrowing some PythonReference & ~Copyable) throws(Refusal) -> CBORValue {
    let isNumpyBool = try raising { () throws(PythonError) in try Numpy.isBool(object) }
    if isNumpyBool { return .bool(try raising { () throws(PythonError) in try object.isTrue() }) }
    let isNoNumber = try raising { () throws(PythonError) in try Numpy.isNoNumber(object) }
    if isNoNumber { throw unknown(object) }
    if object.isIndex, let index = try? object.index() { return try integer(index) }
    PythonError.clear()
    if object.hasFloat, let float = unsafe try? PythonObject(PyNumber_Float(object.pointer)) {
      return .float(try raising { () throws(PythonError) in try float.float() })
    }
    PythonError.clear()
    throw unknown(object)
  }

  private static func unknown(_ object: borrowing some PythonReference & ~Copyable) -> Refusal {
    .refused("cannot convert \(object.typeName) to CBOR", keys: [])
  }

  private static func array(
    _ object: borrowing some PythonReference & ~Copyable, _ depth: Int
  ) throws(Refusal) -> [CBORValue] {
    try requireDepth(depth)
    // A list may change while its items are converted, so its length is asked for each time.
    let isList = object.isList
    var items: [CBORValue] = []
    while items.count < (try raising { () throws(PythonError) in try object.count() }) {
      let position = items.count
      let item = try raising { () throws(PythonError) in
        isList ? try object.listItem(position) : PythonObject(try object.tupleItem(position))
      }
      do { items.append(try convert(item, depth)) } catch { throw error.inside("\(position)") }
    }
    return items
  }

  private static func map(_ object: borrowing some PythonReference & ~Copyable, _ depth: Int) throws(Refusal) -> CBORMap
  {
    try requireDepth(depth)
    var entries: [CBORMap.Entry] = []
    var refusal: Refusal?
    let result: Void? = try? object.forEachEntry { key, value throws(PythonError) in
      do throws(Refusal) {
        entries.append(CBORMap.Entry(key: try self.key(key), value: try convert(value, depth)))
      } catch {
        refusal = error.inside(key.isText ? key.textOrPlaceholder : key.description)
        throw .raised
      }
    }
    if let refusal { throw refusal }
    if result == nil { throw .raised }
    return CBORMap(entries: entries)
  }

  /// Keys are text; the numbers, flags and None that Python allows as keys are kept where they stand deeper.
  private static func key(_ key: borrowing some PythonReference & ~Copyable) throws(Refusal) -> CBORValue {
    if key.isText || key.isInteger || key.isFloat || key.isNone { return try convert(key, 0) }
    throw .refused("a key in metadata must be a str, not \(key.typeName)", keys: [])
  }

  private static func requireDepth(_ depth: Int) throws(Refusal) {
    if depth > maximumNesting {
      throw .refused("metadata is nested deeper than \(maximumNesting) levels, or contains itself", keys: [])
    }
  }

  private static func raising<Result: ~Copyable>(
    _ body: () throws(PythonError) -> Result
  ) throws(Refusal) -> Result {
    do { return try body() } catch { throw .raised }
  }
}
