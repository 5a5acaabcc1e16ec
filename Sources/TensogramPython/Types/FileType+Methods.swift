import CPython
import Glibc
import Tensogram

/// Making, appending, and what is about the file as a whole.
extension FileType {
  static let wholeMethods: [Method] = [
    Method(openSignature, isStatic: true, openDocumentation) { _, given, count, names in
      call(openSignature, given, count, names) { (arguments) throws(PythonError) in
        let searchesBothWays = try arguments.flag(1, default: true)
        return try type.wrap(open(arguments.path(0), searchesBothWays: searchesBothWays))
      }
    },
    Method(openRemoteSignature, isStatic: true, openRemoteDocumentation) { _, given, count, names in
      call(openRemoteSignature, given, count, names) { (arguments) throws(PythonError) in
        let searchesBothWays = try arguments.flag(2, default: true)
        let object = try RemoteObject(arguments.path(0), arguments.object(1))
        return try type.wrap(openRemote(object, searchesBothWays: searchesBothWays))
      }
    },
    Method(createSignature, isStatic: true, createDocumentation) { _, given, count, names in
      call(createSignature, given, count, names) { (arguments) throws(PythonError) in
        try type.wrap(create(arguments.path(0)))
      }
    },
    Method(append, appendDocumentation) { object, given, count, names in
      call(append, given, count, names) { (arguments) throws(PythonError) in
        let file = try type.instance(object).local(for: append.function)
        let message = try OutputMessage(arguments, EncodeOptions(arguments, from: 2))
        try message.withBytes { (bytes) throws(TensogramError) in try file.append(bytes) }
        return .none
      }
    },
    Method(messageCount, "How many messages the file has.") { object, given, count, names in
      call(messageCount, given, count, names) { (_) throws(PythonError) in
        try PythonObject(type.instance(object).count())
      }
    },
    Method(source, "The path or URL, as it was given.") { object, given, count, names in
      call(source, given, count, names) { (_) throws(PythonError) in
        try PythonObject(text: type.instance(object).path)
      }
    },
    Method(isRemote, "Whether the file is read over a network.") { object, given, count, names in
      call(isRemote, given, count, names) { (_) throws(PythonError) in
        PythonObject(type.instance(object).isRemote)
      }
    },
    Method(remoteVersion, remoteVersionDocumentation) { object, given, count, names in
      call(remoteVersion, given, count, names) { (_) throws(PythonError) in
        guard case .remote(_, let object, _) = type.instance(object).origin else { return .none }
        return try object.version()
      }
    },
    Method(close, closeDocumentation) { object, given, count, names in
      call(close, given, count, names) { (_) throws(PythonError) in
        let file = type.instance(object).file
        try releasingGIL(work: .max) { () throws(TensogramError) in try file.close() }
        return .none
      }
    },
    Method(enter, "The file itself.") { object, given, count, names in
      call(enter, given, count, names) { (_) throws(PythonError) in try PythonObject(newReference: object) }
    },
    Method(exit, "Does nothing: the file stays usable.") { _, given, count, names in
      call(exit, given, count, names) { (_) throws(PythonError) in PythonObject(false) }
    },
    Method(reduce, "How to pickle it: by its path or URL.") { object, given, count, names in
      call(reduce, given, count, names) { (_) throws(PythonError) in
        switch type.instance(object).origin {
        case .remote(_, let object, let searchesBothWays):
          return try object.reduced(searchesBothWays: searchesBothWays)
        case .local(let file):
          let opener = try PythonObject.module("tensogram._native").attribute(InternedString("_open_file"))
          return try .tuple(opener, .tuple(PythonObject(text: absolutePath(file.path))))
        }
      }
    },
  ]

  static let openSignature = Signature("open(source, *, bidirectional=True)")
  static let openRemoteSignature = Signature("open_remote(source, storage_options=None, *, bidirectional=True)")
  private static let createSignature = Signature("create(path)")
  private static let append = Signature("append(\(EncodeFunctions.parameters))")
  private static let messageCount = Signature("message_count()")
  private static let source = Signature("source()")
  private static let isRemote = Signature("is_remote()")
  private static let remoteVersion = Signature("remote_version()")
  private static let close = Signature("close()")
  private static let enter = Signature("__enter__()")
  private static let exit = Signature("__exit__(exc_type=None, exc_value=None, traceback=None)")
  private static let reduce = Signature("__reduce__()")

  private static let openDocumentation = """
    Open a file for reading and appending. FileNotFoundError where there is none; nothing is read yet.

    An http, https, s3, s3a, gs, az or azure URL is opened as by ``open_remote``.
    """
  static let openRemoteDocumentation = """
    Open a file on a server or in an object store for reading: OSError where there is none, or no message in it.

    It takes what ``fsspec`` has a file system for: ``pip install 'tensogram[remote]'``. ``storage_options`` is for that
    file system, with credentials and the like; what it does not know is ignored. Ranges of bytes are got when they are
    needed, few and many at a time. ``bidirectional=True`` looks for messages from both ends where all are wanted.
    """
  private static let createDocumentation = """
    Create a file, with the folders that lead to it, or empty the one that is there.
    """
  private static let appendDocumentation = """
    Encode a message and write it at the end of the file. If that fails, the file is as it was.

    Parameters as in ``encode``. \(EncodeFunctions.optionsDocumentation)
    """

  private static let remoteVersionDocumentation = """
    What tells a remote file, as it was opened, from a later one at its URL: ETag or time of change, and size.

    None for a local file, or where the server tells neither.
    """
  private static let closeDocumentation = """
    Give back the open file and what is known of its messages; the next use opens and reads it again.
    """

  /// So that a pickled file opens in a process with another working directory.
  private static func absolutePath(_ path: String) -> String {
    if path.hasPrefix("/") { return path }
    guard let folder = unsafe getcwd(nil, 0) else { return path }
    defer { unsafe free(folder) }
    return unsafe String(cString: folder) + "/" + path
  }
}
