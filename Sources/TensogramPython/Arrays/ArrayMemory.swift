import CPython
import TensogramArrays

/// Tensors as numpy arrays and back, sharing memory.
enum ArrayMemory {
  /// Memory of tensors, for numpy arrays that view it.
  private final class Lent {
    let storage: TensorStorage
    let isWritable: Bool

    init(_ storage: TensorStorage, isWritable: Bool) {
      self.storage = storage
      self.isWritable = isWritable
    }
  }

  private static let type: NativeType<Lent> = NativeType(
    "tensogram._native.Memory", "Memory of blocks, for as long as an array needs it.", methods: [],
    slots: [
      .buffer { object, view, flags in
        let lent = type.instance(object)
        // The storage lives as long as `object`, which the view holds.
        return unsafe PyBuffer_FillInfo(
          view, object, lent.storage.memory, lent.storage.byteCount, lent.isWritable ? 0 : 1, flags)
      }
    ])

  /// A read-only array over a tensor's memory, which it keeps alive.
  static func array(_ tensor: Tensor) throws(PythonError) -> PythonObject {
    let arguments = try PythonObject.list()
    try arguments.append(PythonObject.tuple(tensor.shape))
    try arguments.append(dtype(tensor.elementType))
    try arguments.append(type.wrap(Lent(tensor.storage, isWritable: false)))
    try arguments.append(PythonObject(tensor.offset))
    try arguments.append(PythonObject.tuple(tensor.strides))
    let tuple = unsafe try PythonObject(PySequence_Tuple(arguments.pointer))
    return try Numpy.load().ndarray.call(tuple)
  }

  // Guarded by the GIL.
  nonisolated(unsafe) private static var dtypes: [TensogramArrays.ElementType: PermanentObject] = [:]

  /// The numpy dtype of elements; those of opaque ones are void.
  static func dtype(_ type: TensogramArrays.ElementType) throws(PythonError) -> PythonObject {
    if let known = unsafe dtypes[type] { return PythonObject(known) }
    let numpy = try Numpy.load()
    let name =
      switch type {
      case .opaque(let size): "V\(size)"
      case .object: "O"
      case .bfloat16: ""
      default: type.text
      }
    let dtype =
      if name.isEmpty {
        try numpy.elementTypes.dtype(of: .bfloat16)
      } else {
        try PythonObject.module("numpy").attribute(Name.dtype).call(.tuple(PythonObject(text: name)))
      }
    unsafe dtypes[type] = PermanentObject(PythonObject(dtype))
    return dtype
  }

  /// The memory of an array, or of anything with a buffer, whatever its strides: not copied.
  static func tensor(
    _ array: borrowing some PythonReference & ~Copyable, _ type: TensogramArrays.ElementType, writable: Bool = false
  ) throws(PythonError) -> Tensor {
    let view = try StridedView(array, writable: writable)
    guard view.itemSize == type.size else {
      throw .value("elements of \(view.itemSize) bytes are no \(type.text), which takes \(type.size)")
    }
    return view.tensor(type)
  }
}

/// A buffer view with strides, which keeps the buffer's owner.
@safe private final class StridedView: @unchecked Sendable {
  private let view: UnsafeMutablePointer<Py_buffer>

  init(_ object: borrowing some PythonReference & ~Copyable, writable: Bool) throws(PythonError) {
    unsafe view = .allocate(capacity: 1)
    unsafe view.initialize(to: Py_buffer())
    // Without a format, so that any numpy type will do.
    let flags = PyBUF_STRIDES | (writable ? PyBUF_WRITABLE : 0)
    guard unsafe PyObject_GetBuffer(object.pointer, view, flags) == 0 else { throw .raised }
  }

  deinit {
    GIL.withIt { unsafe PyBuffer_Release(view) }
    unsafe view.deallocate()
  }

  var itemSize: Int { unsafe view.pointee.itemsize }

  func tensor(_ type: TensogramArrays.ElementType) -> Tensor {
    let axes = unsafe 0..<Int(view.pointee.ndim)
    let shape = axes.map { unsafe view.pointee.shape[$0] }
    let strides = axes.map { unsafe view.pointee.strides[$0] }
    var (lowest, highest) = (0, itemSize)
    if shape.contains(0) {
      highest = 0
    } else {
      for (length, stride) in zip(shape, strides) {
        let reach = (length - 1) * stride
        if reach < 0 { lowest += reach } else { highest += reach }
      }
    }
    // From the first to behind the last byte of any element.
    let storage = unsafe TensorStorage(lentBy: self, memory: view.pointee.buf + lowest, byteCount: highest - lowest)
    return Tensor(type, shape, strides: strides, offset: -lowest, storage: storage)
  }
}

extension TensogramArrays.ElementType {
  /// As Python names it.
  var text: String {
    switch self {
    case .opaque(let size): "opaque:\(size)"
    default: "\(self)"
    }
  }

  init?(text: String) {
    if text.hasPrefix("opaque:") {
      guard let size = Int(text.dropFirst(7)), size >= 0 else { return nil }
      self = .opaque(size: size)
      return
    }
    guard let type = Self.named[text] else { return nil }
    self = type
  }

  private static let named: [String: Self] = {
    let all: [Self] = [
      .bool, .int8, .int16, .int32, .int64, .uint8, .uint16, .uint32, .uint64, .float16, .bfloat16, .float32,
      .float64, .complex64, .complex128, .object,
    ]
    return Dictionary(uniqueKeysWithValues: all.map { ($0.text, $0) })
  }()
}
