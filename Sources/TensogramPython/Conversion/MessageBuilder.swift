import CPython
import Tensogram

/// Makes the Python objects that decoding functions return from a message in a buffer or a file.
struct MessageBuilder {
  var options = DecodeOptions()
  /// Where the message's bytes are; arrays become views of them where ``isLending``.
  let lender: Lender
  var isLending = false
  /// Whether objects of a message come with their masks.
  var hasMasks = false
  /// The place of the message, for error texts.
  var file: String?
  var messageIndex: Int?

  init(_ lender: Lender) { self.lender = lender }

  /// A file may have to wait for its disk or server, so the GIL is released however little is read.
  private var waits: Bool { if case .buffer = lender { false } else { true } }

  /// Calls the core, without the GIL where `work` bytes are worth that; errors tell the message's place.
  func reading<Result: ~Copyable>(
    work: Int, _ body: () throws(TensogramError) -> Result
  ) throws(PythonError) -> Result {
    try releasingGIL(work: waits ? .max : work) { () throws(TensogramError) in
      do throws(TensogramError) { return try body() } catch { throw error.at(file: file, message: messageIndex) }
    }
  }

  /// Checks the hashes of all but the objects, where the options ask for hashes.
  func checkMetadata(of reader: MessageReader) throws(PythonError) {
    guard options.verifyHash else { return }
    try reading(work: 0) { () throws(TensogramError) in try reader.verifyMetadataHashes() }
  }

  /// `tensogram.Message`
  func message(
    _ reader: MessageReader, _ metadata: Metadata, _ objects: [LocatedObject]
  ) throws(PythonError) -> PythonObject {
    let shared = isLending ? .none : try sharedArrays(objects, of: reader)
    let list = try PythonObject.list(count: objects.count) { (index) throws(PythonError) in
      let object = objects[index]
      let descriptor = try DescriptorType.wrap(object.descriptor)
      let array = try shared.isNone ? array(object, of: reader) : shared.listItem(index)
      return hasMasks ? try .tuple(descriptor, array, masks(object, of: reader)) : try .tuple(descriptor, array)
    }
    return try MessageClass.make(MetadataType.wrap(metadata), list)
  }

  // MARK: Arrays

  /// All elements of an object in its shape; of a bitmask the packed bytes, in one dimension.
  func array(_ object: LocatedObject, of reader: MessageReader) throws(PythonError) -> PythonObject {
    if isLending, let view = try view(object, of: reader) { return view }
    let descriptor = object.descriptor
    // The hash comes first: no codec may look at bytes that are not the ones that were written.
    let shape = try reading(work: options.verifyHash ? object.payload.count : 0) { () throws(TensogramError) in
      if options.verifyHash { try reader.verifyHash(object.index) }
      try reader.checkClaim(object)
      return try descriptor.dtype == .bitmask ? [descriptor.byteCount] : descriptor.shape.extents
    }
    var verified = options
    verified.verifyHash = false
    return try array(of: descriptor.dtype, shape) { (bytes) throws(TensogramError) in
      try reader.read(object, into: &bytes, options: verified)
    }
  }

  /// A dict with a bool per element for each kind of number that the object has a mask of.
  private func masks(_ object: LocatedObject, of reader: MessageReader) throws(PythonError) -> PythonObject {
    let dict = try PythonObject.dict()
    let count = object.descriptor.shape.count
    guard let masks = try reading(work: count, { () throws(TensogramError) in try reader.masks(object) }) else {
      return dict
    }
    for kind in masks.kinds {
      let flags = try array(of: Numpy.load().elementTypes.bool, [count]) { (bytes) throws(TensogramError) in
        try masks.fillFlags(of: kind, 0..<count, into: &bytes)
      }
      try dict.setItem(PythonObject(text: kind.maskKey), flags)
    }
    return dict
  }

  /// The elements of `ranges` of the flattened object: one array each, or with `isJoined` one for all.
  func ranges(
    _ ranges: [Range<Int>], isJoined: Bool, _ object: LocatedObject, of reader: MessageReader
  ) throws(PythonError) -> PythonObject {
    let count = object.descriptor.shape.count
    var total = 0
    for range in ranges {
      total &+= range.count
      guard range.upperBound <= count, total >= 0 else {
        throw .value(
          "EncodingError: range of \(range.count) elements from \(range.lowerBound) exceeds the \(count) elements of "
            + "shape \(object.descriptor.shape.extents)")
      }
    }
    try reading(work: 0) { () throws(TensogramError) in
      if !ranges.isEmpty { try reader.checkClaim(object) }
    }
    if isJoined { return try array(ranges, total, object, of: reader) }
    return try .list(count: ranges.count) { (index) throws(PythonError) in
      try array([ranges[index]], ranges[index].count, object, of: reader)
    }
  }

  private func array(
    _ ranges: [Range<Int>], _ total: Int, _ object: LocatedObject, of reader: MessageReader
  ) throws(PythonError) -> PythonObject {
    try array(of: object.descriptor.dtype, [total]) { (bytes) throws(TensogramError) in
      try reader.read(object, ranges: ranges, into: &bytes, options: options)
    }
  }

  /// A new array of these elements, C-contiguous and writable, with `fill` called on its whole memory.
  func array(
    of dtype: DType, _ shape: [Int], _ fill: (inout MutableRawSpan) throws(TensogramError) -> Void
  ) throws(PythonError) -> PythonObject {
    try array(of: Numpy.load().elementTypes.dtype(of: dtype), shape, fill)
  }

  private func array(
    of dtype: consuming PythonObject, _ shape: [Int], _ fill: (inout MutableRawSpan) throws(TensogramError) -> Void
  ) throws(PythonError) -> PythonObject {
    let array = try emptyArray(of: dtype, shape)
    let view = try BufferView(array, writable: true)
    try reading(work: view.count) { () throws(TensogramError) in
      // The array is new, so nobody else has its memory, and the view holds it.
      var bytes = unsafe MutableRawSpan(_unsafeBytes: view.memory)
      try fill(&bytes)
    }
    return array
  }

  func emptyArray(of dtype: consuming PythonObject, _ shape: [Int]) throws(PythonError) -> PythonObject {
    try Numpy.load().empty.call(.tuple(.tuple(shape), dtype))
  }

  /// A read-only array over the payload itself where that is the elements as they are; else nil.
  private func view(_ object: LocatedObject, of reader: MessageReader) throws(PythonError) -> PythonObject? {
    let range = try reading(work: options.verifyHash ? object.payload.count : 0) {
      () throws(TensogramError) -> Range<Int>? in
      let range = try reader.lendablePayload(object, nativeByteOrder: options.nativeByteOrder)
      if range != nil && options.verifyHash { try reader.verifyHash(object.index) }
      return range
    }
    guard let range, !range.isEmpty, let array = try lender.array(range, of: object.descriptor.dtype) else {
      return nil
    }
    if object.descriptor.dtype == .bitmask { return array }
    return try array.attribute(Name.reshape).call(.tuple(.tuple(object.descriptor.shape.extents)))
  }
}
