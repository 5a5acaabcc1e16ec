import CPython
import Tensogram

/// Reading messages from an event loop, whole or in part.
extension AsyncFileType {
  static let readingMethods: [Method] = [
    Method(FileType.messages, "The bytes of every message, as a list.") { object, given, count, names in
      call(FileType.messages, given, count, names) { (_) throws(PythonError) in
        let handle = AsyncFileType.type.instance(object).handle
        return try AsyncOperation.start(handle, FileOperations.messages(handle))
      }
    },
    Method(FileType.readMessage, readMessageDocumentation) { object, given, count, names in
      call(FileType.readMessage, given, count, names) { (arguments) throws(PythonError) in
        let handle = AsyncFileType.type.instance(object).handle
        return try AsyncOperation.start(handle, FileOperations.readMessage(handle, arguments))
      }
    },
    Method(decodeMessage, FileType.decodeMessageDocumentation) { object, given, count, names in
      call(decodeMessage, given, count, names) { (arguments) throws(PythonError) in
        let handle = AsyncFileType.type.instance(object).handle
        let options = try ReadOptions(arguments, nativeByteOrder: 1, threads: 2, verifyHash: 3)
        return try AsyncOperation.start(handle, FileOperations.message(handle, arguments, options))
      }
    },
    Method(FileType.metadata, "The ``Metadata`` of a message.") { object, given, count, names in
      call(FileType.metadata, given, count, names) { (arguments) throws(PythonError) in
        let handle = AsyncFileType.type.instance(object).handle
        return try AsyncOperation.start(handle, FileOperations.metadata(handle, arguments))
      }
    },
    Method(FileType.descriptors, FileType.descriptorsDocumentation) { object, given, count, names in
      call(FileType.descriptors, given, count, names) { (arguments) throws(PythonError) in
        let handle = AsyncFileType.type.instance(object).handle
        return try AsyncOperation.start(handle, FileOperations.descriptors(handle, arguments))
      }
    },
    Method(FileType.object, FileType.objectDocumentation) { object, given, count, names in
      call(FileType.object, given, count, names) { (arguments) throws(PythonError) in
        let handle = AsyncFileType.type.instance(object).handle
        return try AsyncOperation.start(handle, FileOperations.object(handle, arguments))
      }
    },
    Method(FileType.range, FileType.rangeDocumentation) { object, given, count, names in
      call(FileType.range, given, count, names) { (arguments) throws(PythonError) in
        let handle = AsyncFileType.type.instance(object).handle
        return try AsyncOperation.start(handle, FileOperations.range(handle, arguments))
      }
    },
    Method(FileType.objectBatch, FileType.objectBatchDocumentation) { object, given, count, names in
      call(FileType.objectBatch, given, count, names) { (arguments) throws(PythonError) in
        let handle = AsyncFileType.type.instance(object).handle
        return try AsyncOperation.start(handle, FileOperations.objectBatch(handle, arguments))
      }
    },
    Method(FileType.rangeBatch, FileType.rangeBatchDocumentation) { object, given, count, names in
      call(FileType.rangeBatch, given, count, names) { (arguments) throws(PythonError) in
        let handle = AsyncFileType.type.instance(object).handle
        return try AsyncOperation.start(handle, FileOperations.rangeBatch(handle, arguments))
      }
    },
  ]

  private static let decodeMessage = Signature(
    "decode_message(index, native_byte_order=True, threads=0, verify_hash=False)")
  private static let readMessageDocumentation = """
    The bytes of a message. ValueError for an ``index`` out of range.
    """
}
