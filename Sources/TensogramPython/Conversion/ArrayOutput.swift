import CPython
import Tensogram

/// The arrays that decoding returns: made by numpy, filled by the core.
enum ArrayOutput {
  /// A new array of these elements, C-contiguous and writable, filled by `fill`, which gets its whole memory and runs
  /// without the GIL if that is worth it.
  ///
  /// - Parameter waits: whether `fill` may wait for a disk.
  static func array(
    of dtype: DType, shape: [Int], waits: Bool, _ fill: (inout MutableRawSpan) throws(TensogramError) -> Void
  ) throws(PythonError) -> PythonObject {
    let numpy = try Numpy.load()
    let array = try numpy.empty.call(.tuple(.tuple(shape), numpy.elementTypes.dtype(of: dtype)))
    let view = try BufferView(array, writable: true)
    try releasingGIL(work: waits ? .max : view.count) { () throws(TensogramError) in
      // The array is new, so nobody else has its memory, and the view holds it.
      var bytes = unsafe MutableRawSpan(_unsafeBytes: view.memory)
      try fill(&bytes)
    }
    return array
  }

  /// All elements of an object, in its shape; of a bitmask the packed bytes in one dimension.
  static func array(
    _ object: LocatedObject, of message: MessageReader, waits: Bool, _ options: DecodeOptions
  ) throws(PythonError) -> PythonObject {
    let descriptor = object.descriptor
    let shape = try core { () throws(TensogramError) in
      try message.checkClaim(object)
      return try descriptor.dtype == .bitmask ? [descriptor.byteCount] : descriptor.shape.extents
    }
    return try array(of: descriptor.dtype, shape: shape, waits: waits) { (bytes) throws(TensogramError) in
      try message.read(object, into: &bytes, options: options)
    }
  }

  /// A read-only array over the payload itself, which keeps `lender` alive, where the payload is the elements as they
  /// are; else nil.
  static func view(
    _ object: LocatedObject, of message: MessageReader, in lender: Lender, _ options: DecodeOptions
  ) throws(PythonError) -> PythonObject? {
    let range = try core { () throws(TensogramError) -> Range<Int>? in
      let range = try message.lendablePayload(object, nativeByteOrder: options.nativeByteOrder)
      if range != nil && options.verifyHash { try message.verifyHash(object.index) }
      return range
    }
    guard let range, !range.isEmpty else { return nil }
    guard let array = try lender.array(range, of: object.descriptor.dtype) else { return nil }
    if object.descriptor.dtype == .bitmask { return array }
    return try array.attribute(Name.reshape).call(.tuple(.tuple(object.descriptor.shape.extents)))
  }
}
