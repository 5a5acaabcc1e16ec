import CPython
import Tensogram

/// The elements of one object to encode, in memory that Python keeps alive (contract §3.2).
final class ArrayInput {
  let view: BufferView
  /// nil for bytes, which are in the order that the descriptor declares.
  let byteOrder: ByteOrder?

  convenience init(_ data: Borrowed, for descriptor: DataObjectDescriptor) throws(PythonError) {
    if data.isBytes || data.isByteArray || data.isMemoryView {
      try self.init(bytes: data)
    } else if try Numpy.isArray(data) {
      try self.init(array: data, descriptor)
    } else if data.isList {
      try self.init(integers: data)
    } else {
      throw .value("data must be a numpy array or bytes, not \(data.typeName)")
    }
  }

  /// An array of float64, in any order and with any strides; TypeError for anything else.
  convenience init(float64 values: Borrowed) throws(PythonError) {
    guard try Numpy.isArray(values) else {
      throw .type("the values must be a float64 array, not \(values.typeName)")
    }
    let numpy = try Numpy.load()
    let dtype = try values.attribute(Name.dtype)
    guard case .stored(.float64, let order) = try numpy.elementTypes.elementType(dtype) else {
      throw .type("the values must be a float64 array, not one of \(dtype.plainText)")
    }
    try self.init(view: Self.contiguous(values, numpy), byteOrder: order)
  }

  /// A payload that was encoded elsewhere, which is bytes.
  convenience init(payload: Borrowed) throws(PythonError) {
    var isAccepted = payload.isBytes || payload.isByteArray || payload.isMemoryView
    if !isAccepted, try Numpy.isArray(payload) {
      let dtype = try payload.attribute(Name.dtype)
      isAccepted = try Numpy.load().elementTypes.elementType(dtype) == .stored(.uint8, .native)
    }
    guard isAccepted else { throw .value("a payload must be bytes, bytearray or memoryview, got \(payload.typeName)") }
    try self.init(bytes: payload)
  }

  private init(view: consuming BufferView, byteOrder: ByteOrder?) {
    self.view = view
    self.byteOrder = byteOrder
  }

  private convenience init(bytes: Borrowed) throws(PythonError) {
    if let view = try? BufferView(bytes) {
      self.init(view: view, byteOrder: nil)
      return
    }
    // A memoryview with gaps.
    PythonError.clear()
    let copy = unsafe try PythonObject(PyBytes_FromObject(bytes.pointer))
    try self.init(view: BufferView(copy), byteOrder: nil)
  }

  /// A list of the values of bytes.
  private convenience init(integers: Borrowed) throws(PythonError) {
    guard let bytes = unsafe PyBytes_FromObject(integers.pointer) else {
      PythonError.clear()
      throw .value("data must be a numpy array or bytes, not a list of anything but integers of 0 … 255")
    }
    let copy = unsafe PythonObject(owning: bytes)
    try self.init(view: BufferView(copy), byteOrder: nil)
  }

  private convenience init(array: Borrowed, _ descriptor: DataObjectDescriptor) throws(PythonError) {
    let numpy = try Numpy.load()
    let dtype = try array.attribute(Name.dtype)
    switch (try numpy.elementTypes.elementType(dtype), descriptor.dtype) {
    case (.stored(let type, let order), let declared) where type == declared:
      try self.init(view: Self.contiguous(array, numpy), byteOrder: order)
    case (.stored(.uint8, _), _):
      try self.init(view: Self.contiguous(array, numpy), byteOrder: nil)
    case (.stored(.uint16, let order), .float16), (.stored(.uint16, let order), .bfloat16):
      try self.init(view: Self.contiguous(array, numpy), byteOrder: order)
    case (.bool, .bitmask):
      try self.init(view: Self.packed(array, numpy, descriptor), byteOrder: nil)
    case (.stored, let declared):
      throw .value(
        "an array of dtype \(dtype.plainText) does not match the descriptor's dtype \(declared.rawValue); convert it, "
          + "or pass its bytes to have them reinterpreted")
    case (_, let declared):
      throw .value(
        "data must be a numpy array or bytes of \(declared.rawValue): an array of dtype \(dtype.plainText) cannot be "
          + "stored")
    }
  }

  /// The array's own memory where that is in C order, else a copy in C order.
  private static func contiguous(_ array: Borrowed, _ numpy: Numpy) throws(PythonError) -> BufferView {
    if let view = try? BufferView(array) { return view }
    PythonError.clear()
    let copy = try numpy.ascontiguousarray.call(.tuple(PythonObject(array)))
    return try BufferView(copy)
  }

  /// The flags of a bool array, eight to a byte, the first in the most significant bit.
  private static func packed(
    _ array: Borrowed, _ numpy: Numpy, _ descriptor: DataObjectDescriptor
  ) throws(PythonError) -> BufferView {
    let count = try array.attribute(Name.size).integer().value
    guard count == descriptor.shape.count else {
      throw .value(
        "a bool array of \(count) elements does not match the \(descriptor.shape.count) elements of the bitmask's shape"
      )
    }
    return try BufferView(numpy.packbits.call(.tuple(PythonObject(array))))
  }
}
