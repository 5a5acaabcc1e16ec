import CPython
import Tensogram

/// `tensogram.AsyncTensogramFile`: reading a file from an event loop (contract §17).
enum AsyncFileType {
  final class Instance {
    let handle: FileHandle
    /// What `message_count` has found; guarded by the GIL.
    var count: Int?

    init(_ handle: FileHandle) { self.handle = handle }

    /// RuntimeError where the messages have not been counted: that takes time, which only an awaited call may.
    func knownCount() throws(PythonError) -> Int {
      guard let count else {
        throw .runtime("the messages of '\(handle.path)' are not counted yet: await message_count() first")
      }
      return count
    }
  }

  static let type: NativeType<Instance> = NativeType(
    "tensogram.AsyncTensogramFile", documentation, methods: wholeMethods + readingMethods,
    slots: [
      .representation { object in
        answer { () throws(PythonError) in
          try PythonObject(text: "AsyncTensogramFile(source='\(type.instance(object).handle.path)')")
        }
      },
      .length { object in
        let count = try? type.instance(object).knownCount()
        return count ?? -1
      },
      .asyncIterator { object in
        answer { () throws(PythonError) in try AsyncFileIterType.wrap(type.instance(object)) }
      },
    ])

  private static let documentation = """
    The messages of a ``.tgm`` file, local or remote, for programs with an event loop.

    >>> async with await tensogram.AsyncTensogramFile.open("forecast.tgm") as file:
    ...     fields = await asyncio.gather(*(file.file_decode_object(i, 0) for i in range(4)))

    Functions return futures that are under way already: reading and decoding is done by threads, many at a time on one
    file. Wrong arguments are raised by the call itself. ``len(file)`` and ``async for`` work after ``message_count()``.
    """

  // MARK: Opening, and the file as a whole

  private static let wholeMethods: [Method] = [
    Method(FileType.openSignature, isStatic: true, openDocumentation) { _, given, count, names in
      call(FileType.openSignature, given, count, names) { (arguments) throws(PythonError) in
        let (source, searchesBothWays) = (try arguments.path(0), try arguments.flag(1, default: true))
        return try AsyncOperation.start(waits: RemoteObject.isMeant(by: source)) { () throws(PythonError) in
          try type.wrap(Instance(FileType.open(source, searchesBothWays: searchesBothWays)))
        }
      }
    },
    Method(FileType.openRemoteSignature, isStatic: true, FileType.openRemoteDocumentation) { _, given, count, names in
      call(FileType.openRemoteSignature, given, count, names) { (arguments) throws(PythonError) in
        let searchesBothWays = try arguments.flag(2, default: true)
        let object = try RemoteObject(arguments.path(0), arguments.object(1))
        return try AsyncOperation.start(waits: true) { () throws(PythonError) in
          try type.wrap(Instance(FileType.openRemote(object, searchesBothWays: searchesBothWays)))
        }
      }
    },
    Method(messageCount, "How many messages the file has; counted once.") { object, given, count, names in
      call(messageCount, given, count, names) { (_) throws(PythonError) in
        let instance = type.instance(object)
        return try AsyncOperation.start(instance.handle) { () throws(PythonError) in
          if let count = instance.count { return try PythonObject(count) }
          let count = try instance.handle.count()
          instance.count = count
          return try PythonObject(count)
        }
      }
    },
    Method(prefetch, prefetchDocumentation) { object, given, count, names in
      call(prefetch, given, count, names) { (arguments) throws(PythonError) in
        let handle = type.instance(object).handle
        return try AsyncOperation.start(handle, FileOperations.prefetch(handle, arguments))
      }
    },
    Method(source, "The path or URL, as it was given.") { object, given, count, names in
      call(source, given, count, names) { (_) throws(PythonError) in
        try PythonObject(text: type.instance(object).handle.path)
      }
    },
    Method(isRemote, "Whether the file is read over a network.") { object, given, count, names in
      call(isRemote, given, count, names) { (_) throws(PythonError) in
        PythonObject(type.instance(object).handle.isRemote)
      }
    },
    Method(enter, "The file itself.") { object, given, count, names in
      call(enter, given, count, names) { (_) throws(PythonError) in
        try AsyncOperation.done(PythonObject(newReference: object))
      }
    },
    Method(exit, "Does nothing: the file stays usable.") { _, given, count, names in
      call(exit, given, count, names) { (_) throws(PythonError) in try AsyncOperation.done(PythonObject(false)) }
    },
  ]

  private static let messageCount = Signature("message_count()")
  private static let prefetch = Signature("prefetch_layouts(msg_indices)")
  private static let source = Signature("source()")
  private static let isRemote = Signature("is_remote()")
  private static let enter = Signature("__aenter__()")
  private static let exit = Signature("__aexit__(exc_type=None, exc_value=None, traceback=None)")

  private static let openDocumentation = """
    Open a file, as ``TensogramFile.open`` does; an http, https, s3, s3a, gs, az or azure URL as ``open_remote`` does.
    """
  private static let prefetchDocumentation = """
    Get what a remote file's messages are opened by ahead of their use, for many messages at the same time.

    ValueError for an index out of range. Of a local file nothing is read.
    """
}
