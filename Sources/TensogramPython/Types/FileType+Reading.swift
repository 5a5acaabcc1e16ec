import CPython
import Tensogram

/// Reading messages of a file, whole or in part.
extension FileType {
  static let readingMethods: [Method] = [
    Method(messages, "The bytes of every message, as a list.") { object, given, count, names in
      call(messages, given, count, names) { (_) throws(PythonError) in
        let handle = type.instance(object)
        _ = try handle.local(for: messages.function)
        return try FileOperations.messages(handle)()
      }
    },
    Method(readMessage, "The bytes of a message. ValueError for an ``index`` out of range.") {
      object, given, count, names in
      call(readMessage, given, count, names) { (arguments) throws(PythonError) in
        try FileOperations.readMessage(type.instance(object), arguments)()
      }
    },
    Method(decodeMessage, decodeMessageDocumentation) { object, given, count, names in
      call(decodeMessage, given, count, names) { (arguments) throws(PythonError) in
        let options = try ReadOptions(
          arguments, nativeByteOrder: 1, threads: 2, restoreNonFinite: 3, verifyHash: 4, copy: 5)
        return try FileOperations.message(type.instance(object), arguments, options)()
      }
    },
    Method(metadata, "The ``Metadata`` of a message.") { object, given, count, names in
      call(metadata, given, count, names) { (arguments) throws(PythonError) in
        try FileOperations.metadata(type.instance(object), arguments)()
      }
    },
    Method(descriptors, descriptorsDocumentation) { object, given, count, names in
      call(descriptors, given, count, names) { (arguments) throws(PythonError) in
        try FileOperations.descriptors(type.instance(object), arguments)()
      }
    },
    Method(hashes, hashesDocumentation) { object, given, count, names in
      call(hashes, given, count, names) { (arguments) throws(PythonError) in
        try FileOperations.hashes(type.instance(object), arguments)()
      }
    },
    Method(object, objectDocumentation) { object, given, count, names in
      call(FileType.object, given, count, names) { (arguments) throws(PythonError) in
        try FileOperations.object(type.instance(object), arguments)()
      }
    },
    Method(range, rangeDocumentation) { object, given, count, names in
      call(range, given, count, names) { (arguments) throws(PythonError) in
        try FileOperations.range(type.instance(object), arguments)()
      }
    },
    Method(selection, selectionDocumentation) { object, given, count, names in
      call(selection, given, count, names) { (arguments) throws(PythonError) in
        let handle = type.instance(object)
        let (messageIndex, index) = (try arguments.index(0), try arguments.index(1))
        let options = try ReadOptions(arguments, nativeByteOrder: 3, threads: 4)
        let message = try handle.message(messageIndex)
        let located = try handle.asking { () throws(TensogramError) in try message.object(index) }
        return try options.builder(for: message, of: handle).selection(arguments, 2, located, of: message)
      }
    },
    Method(objectBatch, objectBatchDocumentation) { object, given, count, names in
      call(objectBatch, given, count, names) { (arguments) throws(PythonError) in
        try FileOperations.objectBatch(type.instance(object), arguments)()
      }
    },
    Method(rangeBatch, rangeBatchDocumentation) { object, given, count, names in
      call(rangeBatch, given, count, names) { (arguments) throws(PythonError) in
        try FileOperations.rangeBatch(type.instance(object), arguments)()
      }
    },
  ]

  static let objectBatch = Signature(
    "file_decode_object_batch(msg_indices, obj_index, native_byte_order=True, threads=0, verify_hash=False)")
  static let rangeBatch = Signature(
    "file_decode_range_batch(msg_indices, obj_index, ranges, join=False, native_byte_order=True, threads=0)")
  static let messages = Signature("messages()")
  static let readMessage = Signature("read_message(index)")
  static let decodeMessage = Signature(
    "decode_message(index, native_byte_order=True, threads=0, restore_non_finite=True, verify_hash=False, copy=True)")
  static let metadata = Signature("file_decode_metadata(msg_index)")
  static let descriptors = Signature("file_decode_descriptors(msg_index)")
  static let hashes = Signature("object_hashes(msg_index)")
  static let object = Signature(
    "file_decode_object(msg_index, obj_index, native_byte_order=True, threads=0, verify_hash=False, copy=True, "
      + "restore_non_finite=True)")
  static let range = Signature(
    "file_decode_range(msg_index, obj_index, ranges, join=False, native_byte_order=True, threads=0, "
      + "restore_non_finite=True)")
  static let selection = Signature(
    "read_selection(msg_index, obj_index, selection, *, native_byte_order=True, threads=0)")

  static let objectBatchDocumentation = """
    One object of several messages, as a list of what ``file_decode_object`` returns; one that fails fails all.

    What all of them need is got at the same time, so this is for remote files only: OSError for a local one.
    """
  static let rangeBatchDocumentation = """
    Parts of one object of several messages, as a list of what ``file_decode_range`` returns; one that fails fails all.

    What all of them need is got at the same time, so this is for remote files only: OSError for a local one.
    """
  static let decodeMessageDocumentation = """
    Decode a message into a ``Message``. Options as in ``decode``; views of ``copy=False`` are of a mapping of the file.
    """
  static let descriptorsDocumentation = """
    Metadata and all descriptors of a message, no payload: a dict with ``metadata`` and ``descriptors``.
    """
  static let hashesDocumentation = """
    The hash that each object of a message was written with, as 16 hex digits, None for one without. No payload is read.
    """
  static let objectDocumentation = """
    Decode one object of a message: a dict with ``metadata``, ``descriptor`` and ``data``. Options as in ``decode``.

    ``copy=False`` maps the file: if it is cut short while such an array is in use, the process ends with SIGBUS.
    """
  static let rangeDocumentation = """
    Decode parts of one object of a message, as ``decode_range`` does; only what they need is read.
    """
  static let selectionDocumentation = """
    Read a part of one object of a message: ``selection`` has a slice or an integer for each axis.

    Returns an array of exactly the selected shape, in which integers leave no axis; steps may be negative. Only what
    is needed is read, where the pipeline can decode parts; else the whole object is decoded.
    """
}

extension MessageBuilder {
  /// The part of an object that the argument at `place` selects.
  fileprivate func selection(
    _ arguments: borrowing Arguments, _ place: Int, _ object: LocatedObject, of message: any FileMessage
  ) throws(PythonError) -> PythonObject {
    let descriptor = object.descriptor
    if descriptor.dtype == .bitmask {
      throw .value("EncodingError: selections are not supported for dtype bitmask, decode the object")
    }
    let (selection, shape) = try arguments.selection(place, of: descriptor.shape)
    let (isPartial, reader) = try reading(work: 0) { () throws(TensogramError) in
      let reader = try message.reader(of: .selection(selection), in: object)
      try reader.checkClaim(object)
      return (try reader.supportsRanges(object), reader)
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
