import CPython
import Tensogram

/// Reading messages of a file, whole or in part.
extension FileType {
  static let readingMethods: [Method] = [
    Method(messages, "The bytes of every message, as a list.") { object, given, count, names in
      call(messages, given, count, names) { (_) throws(PythonError) in
        let file = type.instance(object)
        return try .list(count: FileType.count(file)) { (index) throws(PythonError) in try bytes(file, index) }
      }
    },
    Method(readMessage, "The bytes of a message. ValueError for an ``index`` out of range.") {
      object, given, count, names in
      call(readMessage, given, count, names) { (arguments) throws(PythonError) in
        try bytes(type.instance(object), arguments.index(0))
      }
    },
    Method(decodeMessage, decodeMessageDocumentation) { object, given, count, names in
      call(decodeMessage, given, count, names) { (arguments) throws(PythonError) in
        let file = type.instance(object)
        let message = try openMessage(file, arguments.index(0))
        let builder = try arguments.builder(
          message, of: file, nativeByteOrder: 1, threads: 2, restoreNonFinite: 3, verifyHash: 4, copy: 5)
        try builder.checkMetadata(of: message.reader)
        return try builder.message(message.reader, message.metadata, message.objects)
      }
    },
    Method(metadata, "The ``Metadata`` of a message.") { object, given, count, names in
      call(metadata, given, count, names) { (arguments) throws(PythonError) in
        try MetadataType.wrap(openMessage(type.instance(object), arguments.index(0)).metadata)
      }
    },
    Method(descriptors, descriptorsDocumentation) { object, given, count, names in
      call(descriptors, given, count, names) { (arguments) throws(PythonError) in
        let message = try openMessage(type.instance(object), arguments.index(0))
        let result = try PythonObject.dict()
        try result.setItem(Name.metadata, MetadataType.wrap(message.metadata))
        try result.setItem(Name.descriptors, DescriptorType.list(message.objects.map(\.descriptor)))
        return result
      }
    },
    Method(hashes, hashesDocumentation) { object, given, count, names in
      call(hashes, given, count, names) { (arguments) throws(PythonError) in
        let objects = try openMessage(type.instance(object), arguments.index(0)).reader.layout.objects
        return try .list(count: objects.count) { (index) throws(PythonError) in
          guard let digest = objects[index].frame.digest else { return .none }
          return try PythonObject(text: String(hexDigest: digest))
        }
      }
    },
    Method(object, objectDocumentation) { object, given, count, names in
      call(FileType.object, given, count, names) { (arguments) throws(PythonError) in
        let file = type.instance(object)
        let (message, object) = try locate(file, arguments)
        let builder = try arguments.builder(
          message, of: file, nativeByteOrder: 2, threads: 3, restoreNonFinite: 6, verifyHash: 4, copy: 5)
        try builder.checkMetadata(of: message.reader)
        let result = try PythonObject.dict()
        try result.setItem(Name.metadata, MetadataType.wrap(message.metadata))
        try result.setItem(Name.descriptor, DescriptorType.wrap(object.descriptor))
        try result.setItem(Name.data, builder.array(object, of: message.reader))
        return result
      }
    },
    Method(range, rangeDocumentation) { object, given, count, names in
      call(range, given, count, names) { (arguments) throws(PythonError) in
        let file = type.instance(object)
        let ranges = try arguments.ranges(2)
        let isJoined = try arguments.flag(3, default: false)
        let (message, object) = try locate(file, arguments)
        let builder = try arguments.builder(message, of: file, nativeByteOrder: 4, threads: 5, restoreNonFinite: 6)
        return try builder.ranges(ranges, isJoined: isJoined, object, of: message.reader)
      }
    },
    Method(selection, selectionDocumentation) { object, given, count, names in
      call(selection, given, count, names) { (arguments) throws(PythonError) in
        let file = type.instance(object)
        let (message, object) = try locate(file, arguments)
        let builder = try arguments.builder(message, of: file, nativeByteOrder: 3, threads: 4)
        return try builder.selection(arguments, 2, object, of: message.reader)
      }
    },
  ]

  /// They save round trips to a server, so local files do not have them.
  static let batchMethods: [Method] = [
    Method(objectBatch, "One object of several messages, of remote files only: OSError for a local one.") {
      object, given, count, names in
      call(objectBatch, given, count, names) { (arguments) throws(PythonError) in
        _ = try arguments.index(1)
        try arguments.checkOptions(flags: [2, 4], threads: 3)
        throw needsServer(objectBatch, type.instance(object))
      }
    },
    Method(rangeBatch, "Parts of one object of several messages, of remote files only: OSError for a local one.") {
      object, given, count, names in
      call(rangeBatch, given, count, names) { (arguments) throws(PythonError) in
        _ = try arguments.index(1)
        _ = try arguments.ranges(2)
        try arguments.checkOptions(flags: [3, 4], threads: 5)
        throw needsServer(rangeBatch, type.instance(object))
      }
    },
  ]

  private static func needsServer(_ signature: Signature, _ file: TensogramFile) -> PythonError {
    .set(Borrowed.osError, "RemoteError: \(signature.function) needs a remote backend, '\(file.path)' is a local file")
  }

  private static let objectBatch = Signature(
    "file_decode_object_batch(msg_indices, obj_index, native_byte_order=True, threads=0, verify_hash=False)")
  private static let rangeBatch = Signature(
    "file_decode_range_batch(msg_indices, obj_index, ranges, join=False, native_byte_order=True, threads=0)")
  private static let messages = Signature("messages()")
  private static let readMessage = Signature("read_message(index)")
  private static let decodeMessage = Signature(
    "decode_message(index, native_byte_order=True, threads=0, restore_non_finite=True, verify_hash=False, copy=True)")
  private static let metadata = Signature("file_decode_metadata(msg_index)")
  private static let descriptors = Signature("file_decode_descriptors(msg_index)")
  private static let hashes = Signature("object_hashes(msg_index)")
  private static let object = Signature(
    "file_decode_object(msg_index, obj_index, native_byte_order=True, threads=0, verify_hash=False, copy=True, "
      + "restore_non_finite=True)")
  private static let range = Signature(
    "file_decode_range(msg_index, obj_index, ranges, join=False, native_byte_order=True, threads=0, "
      + "restore_non_finite=True)")
  private static let selection = Signature(
    "read_selection(msg_index, obj_index, selection, *, native_byte_order=True, threads=0)")

  private static let decodeMessageDocumentation = """
    Decode a message into a ``Message``. Options as in ``decode``; views of ``copy=False`` are of a mapping of the file.
    """
  private static let descriptorsDocumentation = """
    Metadata and all descriptors of a message, no payload: a dict with ``metadata`` and ``descriptors``.
    """
  private static let hashesDocumentation = """
    The hash that each object of a message was written with, as 16 hex digits, None for one without. No payload is read.
    """
  private static let objectDocumentation = """
    Decode one object of a message: a dict with ``metadata``, ``descriptor`` and ``data``. Options as in ``decode``.

    ``copy=False`` maps the file: if it is cut short while such an array is in use, the process ends with SIGBUS.
    """
  private static let rangeDocumentation = """
    Decode parts of one object of a message, as ``decode_range`` does; only what they need is read.
    """
  private static let selectionDocumentation = """
    Read a part of one object of a message: ``selection`` has a slice or an integer for each axis.

    Returns an array of exactly the selected shape, in which integers leave no axis; steps may be negative. Only what
    is needed is read, where the pipeline can decode parts; else the whole object is decoded.
    """

  /// The object that the first two arguments name.
  private static func locate(
    _ file: TensogramFile, _ arguments: borrowing Arguments
  ) throws(PythonError) -> (OpenMessage, LocatedObject) {
    let (messageIndex, index) = (try arguments.index(0), try arguments.index(1))
    let message = try openMessage(file, messageIndex)
    return (message, try core { () throws(TensogramError) in try message.object(index) })
  }

  private static func bytes(_ file: TensogramFile, _ index: Int) throws(PythonError) -> PythonObject {
    let range = try releasingGIL(work: .max) { () throws(TensogramError) in
      let ranges = try file.ranges()
      guard ranges.indices.contains(index) else {
        throw TensogramError.framing("message index \(index) out of range (count=\(ranges.count))").at(file: file.path)
      }
      return ranges[index]
    }
    return unsafe try .bytes(maximumSize: range.count) { (memory) throws(PythonError) in
      try releasingGIL(work: .max) { () throws(TensogramError) in
        // All of the new object.
        var output = unsafe MutableRawSpan(_unsafeBytes: memory)
        try file.readMessage(index, into: &output)
      }
      return range.count
    }
  }
}

extension Arguments {
  fileprivate func checkOptions(flags: [Int], threads: Int) throws(PythonError) {
    try required(0).forEachItem { index throws(PythonError) in _ = try index.unsigned("an item of '\(name(0))'") }
    for place in flags { _ = try flag(place, default: true) }
    _ = try workers(threads)
  }

  /// As ``builder(_:nativeByteOrder:threads:restoreNonFinite:verifyHash:copy:)``, for a message of a file.
  fileprivate func builder(
    _ message: OpenMessage, of file: TensogramFile, nativeByteOrder: Int, threads: Int, restoreNonFinite: Int? = nil,
    verifyHash: Int? = nil, copy: Int? = nil
  ) throws(PythonError) -> MessageBuilder {
    var builder = try builder(
      .file(message.source), nativeByteOrder: nativeByteOrder, threads: threads, restoreNonFinite: restoreNonFinite,
      verifyHash: verifyHash, copy: copy)
    builder.file = file.path
    builder.messageIndex = message.index
    return builder
  }
}

extension MessageBuilder {
  /// The part of an object that the argument at `place` selects.
  fileprivate func selection(
    _ arguments: borrowing Arguments, _ place: Int, _ object: LocatedObject, of reader: MessageReader
  ) throws(PythonError) -> PythonObject {
    let descriptor = object.descriptor
    if descriptor.dtype == .bitmask {
      throw .value("EncodingError: selections are not supported for dtype bitmask, decode the object")
    }
    let (selection, shape) = try arguments.selection(place, of: descriptor.shape)
    let isPartial = try reading(work: 0) { () throws(TensogramError) in
      try reader.checkClaim(object)
      return try reader.supportsRanges(object)
    }
    guard isPartial || selection.count == 0 else {
      let whole = try array(object, of: reader)
      return try Numpy.load().array.call(.tuple(whole.item(arguments.plainSelection(place))))
    }
    return try array(of: descriptor.dtype, shape) { (bytes) throws(TensogramError) in
      try reader.read(object, selection: selection, into: &bytes, options: options)
    }
  }
}
