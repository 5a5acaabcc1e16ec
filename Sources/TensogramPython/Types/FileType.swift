import CPython
import Glibc
import Tensogram

/// `tensogram.TensogramFile`: the messages of a file (contract §16).
enum FileType {
  /// The file at a path, or behind a URL.
  static func open(_ source: String, searchesBothWays: Bool) throws(PythonError) -> FileHandle {
    if try RemoteObject.isMeant(by: source) {
      return try openRemote(RemoteObject(source, .none), searchesBothWays: searchesBothWays)
    }
    return FileHandle(
      .local(try releasingGIL(work: .max) { () throws(TensogramError) in try TensogramFile(opening: source) }))
  }

  static func openRemote(_ object: RemoteObject, searchesBothWays: Bool) throws(PythonError) -> FileHandle {
    let file = try object.file(searchesBothWays: searchesBothWays)
    return FileHandle(.remote(file, object, searchesBothWays: searchesBothWays))
  }

  static func create(_ path: String) throws(PythonError) -> FileHandle {
    FileHandle(.local(try releasingGIL(work: .max) { () throws(TensogramError) in try TensogramFile.create(path) }))
  }

  static let type: NativeType<FileHandle> = NativeType(
    "tensogram.TensogramFile", documentation, methods: wholeMethods + readingMethods,
    slots: [
      .representation { object in
        answer { () throws(PythonError) in
          try PythonObject(text: "TensogramFile(source='\(type.instance(object).path)')")
        }
      },
      .length { object in
        let count = try? type.instance(object).count()
        return count ?? -1
      },
      .iterator { object in answer { () throws(PythonError) in try FileIterType.wrap(type.instance(object)) } },
      .item { object, key in
        answer { () throws(PythonError) in
          try item(type.instance(object), PythonObject(newReference: key))
        }
      },
    ])

  private static let documentation = """
    The messages of a ``.tgm`` file.

    ``TensogramFile.open(path)`` and ``TensogramFile.create(path)`` make one, ``TensogramFile.open_remote(url)`` one that
    is read over a network. Nothing is read before it is asked for, and then only what is needed; any number of threads
    may read at once, also while one appends.
    """

  /// `file[index]`, `file[a:b:c]`
  private static func item(_ file: FileHandle, _ key: borrowing PythonObject) throws(PythonError) -> PythonObject {
    if key.isSlice {
      var (start, stop, step) = (0, 0, 0)
      if unsafe PySlice_Unpack(key.pointer, &start, &stop, &step) < 0 { throw .raised }
      let count = unsafe PySlice_AdjustIndices(try file.count(), &start, &stop, step)
      return try .list(count: count) { (position) throws(PythonError) in
        try file.decodedMessage(start + position * step)
      }
    }
    guard key.isIndex else { throw .type("a message index must be an integer or a slice, not \(key.typeName)") }
    let (value, overflow) = try key.index().integer()
    let count = try file.count()
    let index = value < 0 ? value + count : value
    guard overflow == 0, (0..<count).contains(index) else {
      throw .index("message index \(key.description) is out of range, '\(file.path)' has \(count) messages")
    }
    return try file.decodedMessage(index)
  }
}
