import CPython
import Tensogram
import TensogramArrays

/// Nodes that are made of nothing else.
extension ArrayNodeType {
  static let sourceMethods: [Method] = [
    constructor(memory, "An array in memory, which is not copied.") { _, given, count, names in
      call(memory, given, count, names) { (arguments) throws(PythonError) in
        let type = try arguments.elementType(1)
        let shape = try arguments.required(2).extents("shape")
        let tensor = try ArrayMemory.tensor(arguments.required(0), type)
        guard tensor.shape == shape else { throw .value("a buffer of shape \(tensor.shape) is not one of \(shape)") }
        let grid = try arguments.grid(3, of: shape)
        return try make { try Node.memory(tensor, grid) }
      }
    },
    constructor(file, fileDocumentation) { _, given, count, names in
      call(file, given, count, names) { (arguments) throws(PythonError) in try stored(arguments) }
    },
    constructor(external, "An array that ``read((slice, …))`` reads parts of.") { _, given, count, names in
      call(external, given, count, names) { (arguments) throws(PythonError) in
        let reader = try PythonReader(arguments.required(0))
        let type = try arguments.elementType(1)
        let grid = try arguments.grid(3, of: arguments.required(2).extents("shape"))
        let isStrided = try arguments.flag(4, default: false)
        return try make { Node.external(reader, type, grid, isStrided: isStrided) }
      }
    },
    constructor(full, "One element everywhere; its bytes, or for objects the object.") { _, given, count, names in
      call(full, given, count, names) { (arguments) throws(PythonError) in
        let type = try arguments.elementType(1)
        let grid = try arguments.grid(3, of: arguments.required(2).extents("shape"))
        let element = try element(arguments.required(0), type)
        return try make { Node.full(element, grid) }
      }
    },
    constructor(arange, "``start``, ``start + step`` and so on, in one dimension.") { _, given, count, names in
      call(arange, given, count, names) { (arguments) throws(PythonError) in
        let (start, step) = (try arguments.required(0), try arguments.required(1))
        let type = try arguments.elementType(2)
        let shape = try arguments.required(3).extents("shape")
        let grid = try arguments.grid(4, of: shape)
        guard grid.axes.count == 1 else { throw .value("arange has one axis, not shape \(shape)") }
        let integers = start.isInteger && step.isInteger ? (try start.integer().value, try step.integer().value) : nil
        let (first, distance) = (try start.float(), try step.float())
        return try make {
          try Node.progression(start: first, step: distance, integers: integers, type, grid.axes[0])
        }
      }
    },
  ]

  private static let memory = Signature("memory(buffer, element, shape, chunks)")
  private static let file = Signature(
    "file(source, message, object, selection, chunks, verify_hash=False, restore_non_finite=True)")
  private static let external = Signature("external(read, element, shape, chunks, strided=False)")
  private static let full = Signature("full(value, element, shape, chunks)")
  private static let arange = Signature("arange(start, step, element, shape, chunks)")

  private static let fileDocumentation = """
    An object of a message in a file, given by its path or as a ``TensogramFile``, read natively.

    ``selection`` is None or a tuple of (start, step, count), one per axis of the object; ``chunks`` are of what it
    selects, None for one block.
    """

  private static func stored(_ arguments: borrowing Arguments) throws(PythonError) -> PythonObject {
    let source = try arguments.required(0)
    let file =
      if FileType.type.isInstance(source) {
        FileType.type.instance(source).file
      } else {
        try FileType.open(arguments.path(0), searchesBothWays: true).file
      }
    let (message, object) = (try arguments.index(1), try arguments.index(2))
    let selection = try arguments.required(3).isNone ? nil : arguments.region(3)
    let chunks = try arguments.optionalGrid(4)
    var options = DecodeOptions()
    options.verifyHash = try arguments.flag(5, default: false)
    options.restoresNonFinite = try arguments.flag(6, default: true)
    return try make {
      try Node.stored(
        in: file, message: message, object: object, selection: selection, chunks: chunks, options: options)
    }
  }

  /// One element as a tensor without axes.
  private static func element(
    _ value: Borrowed, _ type: TensogramArrays.ElementType
  ) throws(PythonError) -> Tensor {
    if type == .object {
      let tensor = Tensor(objects: [], references: PythonReferences())
      // A new reference, which the tensor gives up at its end.
      unsafe tensor.storage.memory.storeBytes(of: PythonObject(value).release(), as: PyPointer.self)
      return tensor
    }
    let bytes = try BufferView(value)
    guard bytes.count == type.size else {
      throw .value("an element of \(type.text) has \(type.size) bytes, not \(bytes.count)")
    }
    let tensor = Tensor(type, [])
    if let start = bytes.memory.baseAddress {
      unsafe tensor.storage.memory.copyMemory(from: start, byteCount: bytes.count)
    }
    return tensor
  }
}
