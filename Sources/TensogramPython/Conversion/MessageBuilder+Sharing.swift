import CPython
import Tensogram

extension MessageBuilder {
  /// A list of the arrays of all objects, decoded at the same time; None where that is not worth it.
  func sharedArrays(_ objects: [LocatedObject], of reader: MessageReader) throws(PythonError) -> PythonObject {
    guard options.workers.count > 1, objects.count > 1 else { return .none }
    var sizes: [Int] = []
    for object in objects {
      // What claims more than there can be raises where objects are decoded one by one.
      guard let size = try? object.descriptor.byteCount else { return .none }
      sizes.append(size)
    }
    guard options.workers.share(sizes) else { return .none }
    try check(objects, sizes, of: reader)
    var memories: [ResultMemory] = []
    let list = try PythonObject.list(count: objects.count) { (index) throws(PythonError) in
      let descriptor = objects[index].descriptor
      let array = try emptyArray(
        of: Numpy.load().elementTypes.dtype(of: descriptor.dtype),
        descriptor.dtype == .bitmask ? [sizes[index]] : descriptor.shape.extents)
      memories.append(try ResultMemory(array))
      return array
    }
    try reading(work: .max) { [memories, options] () throws(TensogramError) in
      let isParallel = { (index: Int) throws(TensogramError) in try reader.isParallel(objects[index]) }
      try options.workers.forEachObject(sizes, isParallel: isParallel) { (index, workers) throws(TensogramError) in
        // Hashes are checked already.
        let options = DecodeOptions(
          nativeByteOrder: options.nativeByteOrder, restoresNonFinite: options.restoresNonFinite, workers: workers)
        try memories[index].fill { (bytes) throws(TensogramError) in
          try reader.read(objects[index], into: &bytes, options: options)
        }
      }
    }
    return list
  }

  /// Hashes and claims, before memory is allocated.
  private func check(
    _ objects: [LocatedObject], _ sizes: [Int], of reader: MessageReader
  ) throws(PythonError) {
    try reading(work: .max) { [options] () throws(TensogramError) in
      try options.workers.forEachObject(sizes, isParallel: { _ in false }) { (index, workers) throws(TensogramError) in
        if options.verifyHash { try reader.verifyHash(objects[index].index, workers: workers) }
        try reader.checkClaim(objects[index])
      }
    }
  }
}

/// The memory of an array that nobody else knows yet, for a worker to fill while the array is kept.
@safe private struct ResultMemory: @unchecked Sendable {
  private let memory: UnsafeMutableRawBufferPointer

  init(_ array: borrowing PythonObject) throws(PythonError) {
    unsafe memory = try BufferView(array, writable: true).memory
  }

  func fill(_ body: (inout MutableRawSpan) throws(TensogramError) -> Void) throws(TensogramError) {
    var bytes = unsafe MutableRawSpan(_unsafeBytes: memory)
    try body(&bytes)
  }
}
