import CPython
import Tensogram

/// The arguments of one call, in the order of the signature; nil where the caller gave none.
///
/// The getters follow one set of rules (contract §1.3): flags are bools, numbers have `__index__`, and a refusal names
/// the argument.
@safe struct Arguments: ~Copyable {
  static let capacity = 12

  private let signature: Signature
  private var values: InlineArray<12, PyPointer?>

  /// Sorts the arguments of a METH_FASTCALL | METH_KEYWORDS call into their places; TypeError where they do not fit.
  init(
    _ signature: Signature, _ given: UnsafePointer<PyPointer?>?, _ positional: Int, _ keywords: PyPointer?
  ) throws(PythonError) {
    self.signature = signature
    unsafe values = InlineArray(repeating: nil)
    guard positional <= signature.positional else { throw signature.tooMany(positional) }
    for position in 0..<positional { unsafe values[position] = unsafe given?[position] }
    if let keywords = unsafe keywords {
      let names = unsafe Borrowed(keywords)
      for position in 0..<(try names.count()) {
        let name = try names.tupleItem(position)
        guard let place = signature.place(of: name) else { throw signature.unexpected(name) }
        if unsafe values[place] != nil { throw signature.repeated(place) }
        unsafe values[place] = unsafe given?[positional + position]
      }
    }
    for place in 0..<signature.required where unsafe values[place] == nil { throw signature.missing(place) }
  }

  /// Sorts the tuple and the dict of a call of a class, which stay as they are meanwhile, into their places.
  init(
    _ signature: Signature, _ positional: borrowing PythonObject, _ keywords: Borrowed?
  ) throws(PythonError) {
    let count = try positional.count()
    guard count <= signature.positional else { throw signature.tooMany(count) }
    var given = unsafe InlineArray<12, PyPointer?>(repeating: nil)
    for position in 0..<count { unsafe given[position] = try positional.tupleItem(position).pointer }
    if let keywords {
      try keywords.forEachEntry { key, value throws(PythonError) in
        guard let place = signature.place(of: key.borrowed) else { throw signature.unexpected(key.borrowed) }
        if unsafe given[place] != nil { throw signature.repeated(place) }
        unsafe given[place] = unsafe value.pointer
      }
    }
    for place in 0..<signature.required where unsafe given[place] == nil { throw signature.missing(place) }
    self.signature = signature
    unsafe values = unsafe given
  }

  /// An argument as it is.
  subscript(place: Int) -> Borrowed? { unsafe values[place].map { unsafe Borrowed($0) } }

  /// A required argument; the signature has seen to it that it is there.
  func required(_ place: Int) throws(PythonError) -> Borrowed {
    guard let value = self[place] else { throw signature.missing(place) }
    return value
  }

  /// An argument, or None where it is absent.
  func object(_ place: Int) throws(PythonError) -> PythonObject { PythonObject(self[place] ?? .none) }

  func name(_ place: Int) -> String { signature.parameters[place].text }

  /// A flag: `bool` or `numpy.bool_`, nothing that merely counts as true.
  func flag(_ place: Int, default value: Bool) throws(PythonError) -> Bool {
    guard let object = self[place] else { return value }
    if object.isBool { return unsafe object.pointer == CPython_True() }
    if try Numpy.isBool(object) { return try object.isTrue() }
    throw .type("argument '\(name(place))' must be a bool, not \(object.typeName)")
  }

  /// An index, 0 or more. Those that no Int holds are past the end of anything, as the largest Int is.
  func index(_ place: Int) throws(PythonError) -> Int {
    Int(clamping: try required(place).unsigned("argument '\(name(place))'"))
  }

  /// An integer of either sign; OverflowError for those that no Int holds.
  func integer(_ place: Int) throws(PythonError) -> Int {
    let given = try required(place)
    guard given.isIndex else { throw .type("argument '\(name(place))' must be an integer, not \(given.typeName)") }
    let (value, overflow) = try given.index().integer()
    guard overflow == 0 else { throw .overflow("argument '\(name(place))' must be in -2^63 … 2^63 - 1") }
    return value
  }

  /// A size, 0 or more, capped at the largest Int; nil where it is absent or None.
  func optionalSize(_ place: Int) throws(PythonError) -> Int? {
    guard let object = self[place], !object.isNone else { return nil }
    return Int(clamping: try object.unsigned("argument '\(name(place))'"))
  }

  /// How many threads may work: `threads`, or for 0 what the environment says.
  func workers(_ place: Int) throws(PythonError) -> Workers {
    guard let object = self[place] else { return try ThreadSetting.workers(0) }
    let threads = try object.unsigned("argument '\(name(place))'")
    guard let threads = UInt32(exactly: threads) else {
      throw .overflow("argument '\(name(place))' must be in 0 … 2^32 - 1, not \(threads)")
    }
    return try ThreadSetting.workers(Int(threads))
  }

  /// A string; nil where it is absent or None.
  func optionalText(_ place: Int) throws(PythonError) -> String? {
    guard let object = self[place], !object.isNone else { return nil }
    return try text(object, place)
  }

  /// A required string.
  func text(_ place: Int) throws(PythonError) -> String { try text(required(place), place) }

  /// A string, and nothing else.
  func text(_ place: Int, default value: String) throws(PythonError) -> String {
    guard let object = self[place] else { return value }
    return try text(object, place)
  }

  private func text(_ object: Borrowed, _ place: Int) throws(PythonError) -> String {
    guard object.isText else { throw .type("argument '\(name(place))' must be a str, not \(object.typeName)") }
    return try object.text()
  }

  /// A path: `str` or `os.PathLike` that gives one.
  func path(_ place: Int) throws(PythonError) -> String {
    let given = try required(place)
    if given.isText { return try path(given, place) }
    guard !given.isBytes, let path = unsafe PyOS_FSPath(given.pointer) else {
      PythonError.clear()
      throw .type("argument '\(name(place))' must be a str or os.PathLike, not \(given.typeName)")
    }
    let object = unsafe PythonObject(owning: path)
    guard object.isText else {
      throw .type("argument '\(name(place))' must be a path of str, not of \(object.typeName)")
    }
    return try self.path(object, place)
  }

  private func path(
    _ object: borrowing some PythonReference & ~Copyable, _ place: Int
  ) throws(PythonError) -> String {
    let path = try object.text()
    if path.utf8.contains(0) { throw .value("argument '\(name(place))' has a zero byte in it") }
    return path
  }
}

extension PythonReference where Self: ~Copyable {
  /// A number of 0 … 2^64 − 1 by `__index__`; OverflowError outside of that.
  func unsigned(_ what: @autoclosure () -> String) throws(PythonError) -> UInt64 {
    guard isIndex else { throw .type("\(what()) must be an integer, not \(typeName)") }
    let integer = try index()
    let (value, overflow) = try integer.integer()
    if overflow == 0 && value >= 0 { return UInt64(value) }
    if overflow > 0, let value = integer.unsignedInteger() { return value }
    throw .overflow("\(what()) must be in 0 … 2^64 - 1, not \(integer.description)")
  }

  /// The integers of a sequence, each 0 or more: OverflowError below, ValueError beyond what an address space counts.
  func extents(_ what: String) throws(PythonError) -> [Int] {
    guard unsafe PySequence_Check(pointer) != 0, !isText, !isBytes else {
      throw .type("'\(what)' must be a sequence of integers, not \(typeName)")
    }
    var extents: [Int] = []
    try forEachItem { item throws(PythonError) in
      let extent = try item.unsigned("an item of '\(what)'")
      guard let extent = Int(exactly: extent) else {
        throw .value("'\(what)' has an item of \(extent): overflow, more than 2^63 - 1 cannot be counted")
      }
      extents.append(extent)
    }
    return extents
  }
}
