import CPython
import Tensogram

/// What this module uses of numpy, looked up once when an array is first made or met: importing tensogram does not
/// import numpy.
@safe final class Numpy {
  let ndarray: PythonObject
  let empty: PythonObject
  let frombuffer: PythonObject
  let ascontiguousarray: PythonObject
  let packbits: PythonObject
  let array: PythonObject
  let elementTypes: ElementTypes
  private let bool: PythonObject
  private let complexFloating: PythonObject

  // Guarded by the GIL.
  nonisolated(unsafe) private static var loaded: Numpy?

  /// Imports numpy on first use.
  static func load() throws(PythonError) -> Numpy {
    if let numpy = unsafe loaded { return numpy }
    let numpy = try Numpy(module: PythonObject.module("numpy"))
    unsafe loaded = numpy
    return numpy
  }

  /// numpy, if somebody has imported it: before that no object is one of its own.
  private static func ifImported() throws(PythonError) -> Numpy? {
    if let numpy = unsafe loaded { return numpy }
    guard let module = unsafe PyImport_GetModule(Name.numpy.pointer) else {
      PythonError.clear()
      return nil
    }
    _ = unsafe PythonObject(owning: module)
    return try load()
  }

  private init(module: consuming PythonObject) throws(PythonError) {
    ndarray = try module.attribute(InternedString("ndarray"))
    empty = try module.attribute(InternedString("empty"))
    frombuffer = try module.attribute(InternedString("frombuffer"))
    ascontiguousarray = try module.attribute(InternedString("ascontiguousarray"))
    array = try module.attribute(InternedString("array"))
    packbits = try module.attribute(InternedString("packbits"))
    bool = try module.attribute(InternedString("bool_"))
    complexFloating = try module.attribute(InternedString("complexfloating"))
    elementTypes = try ElementTypes(dtype: module.attribute(Name.dtype))
  }

  /// Whether the object is a `numpy.bool_`.
  static func isBool(_ object: borrowing some PythonReference & ~Copyable) throws(PythonError) -> Bool {
    guard let numpy = try ifImported() else { return false }
    return object.type.isIdentical(to: numpy.bool)
  }

  /// Whether the object is an array with dimensions, or a complex scalar: things of numpy that claim to be numbers
  /// and are not one.
  static func isNoNumber(_ object: borrowing some PythonReference & ~Copyable) throws(PythonError) -> Bool {
    guard let numpy = try ifImported() else { return false }
    if try object.isInstance(of: numpy.complexFloating) { return true }
    guard try object.isInstance(of: numpy.ndarray) else { return false }
    return try object.attribute(Name.ndim).isTrue()
  }

  /// Whether the object is a `numpy.ndarray`; imports numpy only for classes that could be one.
  static func isArray(_ object: borrowing some PythonReference & ~Copyable) throws(PythonError) -> Bool {
    guard let numpy = try ifImported() else { return false }
    if object.type.isIdentical(to: numpy.ndarray) { return true }
    return try object.isInstance(of: numpy.ndarray)
  }
}

extension PythonObject {
  static func module(_ name: String) throws(PythonError) -> PythonObject {
    unsafe try PythonObject(PyImport_ImportModule(name))
  }
}
