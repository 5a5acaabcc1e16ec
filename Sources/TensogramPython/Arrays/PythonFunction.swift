import CPython
import TensogramArrays

/// A Python function on blocks, which holds the GIL only while it runs.
final class PythonFunction: ExternalFunction {
  private let function: HeldObject
  let name: String

  init(_ function: Borrowed) throws(PythonError) {
    guard unsafe PyCallable_Check(function.pointer) != 0 else {
      throw .type("a function on blocks must be callable, which \(function.typeName) is not")
    }
    self.function = HeldObject(function)
    name = Self.name(function)
  }

  func callAsFunction(
    _ inputs: [Tensor], block: [Int]?, shapes: [[Int]], types: [TensogramArrays.ElementType]
  ) throws -> [Tensor] {
    try GIL.calling { () throws(PythonError) in
      let arguments = try PythonObject.list()
      for input in inputs { try arguments.append(ArrayMemory.array(input)) }
      let tuple = unsafe try PythonObject(PySequence_Tuple(arguments.pointer))
      let result = try call(tuple, block)
      if types.count == 1 { return [try tensor(result, shapes[0], types[0])] }
      guard result.isTuple || result.isList, try result.count() == types.count else {
        throw .value("\(name) returned \(result.typeName), not \(types.count) arrays")
      }
      let results = unsafe try PythonObject(PySequence_Tuple(result.pointer))
      var tensors: [Tensor] = []
      for (index, type) in types.enumerated() {
        tensors.append(try tensor(results.tupleItem(index), shapes[index], type))
      }
      return tensors
    }
  }

  private func call(_ arguments: borrowing PythonObject, _ block: [Int]?) throws(PythonError) -> PythonObject {
    guard let block else { return try function.object.call(arguments) }
    let keywords = try PythonObject.dict()
    try keywords.set("block_id", .tuple(block))
    return unsafe try PythonObject(PyObject_Call(function.object.pointer, arguments.pointer, keywords.pointer))
  }

  private func tensor(
    _ result: borrowing some PythonReference & ~Copyable, _ shape: [Int], _ type: TensogramArrays.ElementType
  ) throws(PythonError) -> Tensor {
    try ArrayMemory.tensor(result: result, type, shape, of: name)
  }

  /// `__name__`, or the name of the class of what has none.
  static func name(_ function: Borrowed) -> String {
    guard let name = try? function.attribute(InternedString("__name__")), name.isText else {
      PythonError.clear()
      return function.typeName
    }
    return name.textOrPlaceholder
  }
}

/// A Python source of blocks: `read((slice, …))` returns the array of exactly that part.
final class PythonReader: ExternalReader {
  private let read: HeldObject
  let name: String

  init(_ read: Borrowed) throws(PythonError) {
    guard unsafe PyCallable_Check(read.pointer) != 0 else {
      throw .type("a source must be callable, which \(read.typeName) is not")
    }
    self.read = HeldObject(read)
    name = PythonFunction.name(read)
  }

  func read(_ region: Region, shape: [Int], type: TensogramArrays.ElementType) throws -> Tensor {
    try GIL.calling { () throws(PythonError) in
      let result = try read.object.call(.tuple(region.slices()))
      return try ArrayMemory.tensor(result: result, type, shape, of: name)
    }
  }
}

/// A Python function that takes blocks: `target((slice, …), array)`.
final class PythonTarget: BlockTarget {
  private let target: HeldObject

  init(_ target: Borrowed) { self.target = HeldObject(target) }

  func write(_ block: Tensor, at region: Region) throws {
    try GIL.calling { () throws(PythonError) in
      _ = try target.object.call(.tuple(region.slices(), ArrayMemory.array(block)))
    }
  }
}

extension Region {
  /// A tuple of Python slices.
  func slices() throws(PythonError) -> PythonObject {
    let list = try PythonObject.list()
    for axis in axes {
      let end = axis.start + axis.count * axis.step
      let start = try PythonObject(axis.start)
      let step = try PythonObject(axis.step)
      // Before the first element there is no number to stop at.
      let stop = if end < 0 { PythonObject.none } else { try PythonObject(end) }
      try list.append(unsafe PythonObject(PySlice_New(start.pointer, stop.pointer, step.pointer)))
    }
    return unsafe try PythonObject(PySequence_Tuple(list.pointer))
  }
}

extension ArrayMemory {
  /// What Python code has returned, checked against what was announced.
  static func tensor(
    result: borrowing some PythonReference & ~Copyable, _ type: TensogramArrays.ElementType, _ shape: [Int],
    of name: String
  ) throws(PythonError) -> Tensor {
    let array =
      if try Numpy.isArray(result) {
        PythonObject(result)
      } else {
        try Numpy.load().array.call(.tuple(PythonObject(result)))
      }
    let dtype = try array.attribute(Name.dtype)
    let expected = try self.dtype(type)
    var matches = dtype.isIdentical(to: expected)
    if !matches { matches = try dtype.equals(expected) }
    if !matches, case .opaque(let size) = type {
      matches = try dtype.attribute(InternedString("itemsize")).integer().value == size
    }
    let found = matches ? try ArrayMemory.tensor(array, type) : nil
    guard let found, found.shape == shape else {
      throw .value(
        "\(name) returned an array of \(dtype.plainText), shape \(try array.attribute(InternedString("shape")).plainText), "
          + "where \(expected.plainText), shape \(shape) was announced")
    }
    return found
  }
}

extension ArrayMemory {
  /// An array of a type, of whatever shape.
  static func tensor(
    result: borrowing some PythonReference & ~Copyable, _ type: TensogramArrays.ElementType, ofAnyShape name: String
  ) throws(PythonError) -> Tensor {
    guard try Numpy.isArray(result) else { throw .type("\(name) must be an array, not \(result.typeName)") }
    let dtype = try result.attribute(Name.dtype)
    guard try dtype.equals(self.dtype(type)) else {
      throw .type("\(name) must be an array of \(type.text), not of \(dtype.plainText)")
    }
    return try ArrayMemory.tensor(result, type)
  }
}

/// Counts references in arrays of Python objects.
struct PythonReferences: ObjectReferences {
  func copy(_ source: Tensor, into target: Tensor) {
    GIL.withIt {
      unsafe source.forEachAddress(with: target) { from, to in
        let new = unsafe from.load(as: PyPointer?.self)
        let old = unsafe to.load(as: PyPointer?.self)
        unsafe Py_XINCREF(new)
        unsafe to.storeBytes(of: new, as: PyPointer?.self)
        unsafe Py_XDECREF(old)
      }
    }
  }

  func release(_ memory: UnsafeMutableRawPointer, count: Int) {
    GIL.withIt {
      for index in 0..<count {
        unsafe Py_XDECREF(memory.load(fromByteOffset: index * 8, as: PyPointer?.self))
      }
    }
  }
}
