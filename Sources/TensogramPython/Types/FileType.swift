import CPython
import Glibc
import Tensogram

/// `tensogram.TensogramFile`: the messages of a file (contract §16).
enum FileType {
  static func open(_ path: String) throws(PythonError) -> PythonObject {
    try type.wrap(releasingGIL(work: .max) { () throws(TensogramError) in try TensogramFile(opening: path) })
  }

  static func create(_ path: String) throws(PythonError) -> PythonObject {
    try type.wrap(releasingGIL(work: .max) { () throws(TensogramError) in try TensogramFile.create(path) })
  }

  /// Message `index`, decoded with default options.
  static func message(_ file: TensogramFile, _ index: Int) throws(PythonError) -> PythonObject {
    let message = try openMessage(file, index)
    var builder = MessageBuilder(message, of: file)
    builder.options.workers = try ThreadSetting.workers(0)
    return try builder.message(message.reader, message.metadata, message.objects)
  }

  static func openMessage(_ file: TensogramFile, _ index: Int) throws(PythonError) -> OpenMessage {
    try releasingGIL(work: .max) { () throws(TensogramError) in try file.message(index) }
  }

  static func count(_ file: TensogramFile) throws(PythonError) -> Int {
    try releasingGIL(work: .max) { () throws(TensogramError) in try file.messageCount() }
  }

  static let type: NativeType<TensogramFile> = NativeType(
    "tensogram.TensogramFile", documentation, methods: wholeMethods + readingMethods + batchMethods,
    slots: [
      .representation { object in
        answer { () throws(PythonError) in
          try PythonObject(text: "TensogramFile(source='\(type.instance(object).path)')")
        }
      },
      .length { object in
        let count = try? count(type.instance(object))
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

    ``TensogramFile.open(path)`` and ``TensogramFile.create(path)`` make one. Nothing is read before it is asked for,
    and then only what is needed; any number of threads may read at once, also while one appends.
    """

  /// `file[index]`, `file[a:b:c]`
  private static func item(_ file: TensogramFile, _ key: borrowing PythonObject) throws(PythonError) -> PythonObject {
    if key.isSlice {
      var (start, stop, step) = (0, 0, 0)
      if unsafe PySlice_Unpack(key.pointer, &start, &stop, &step) < 0 { throw .raised }
      let count = unsafe PySlice_AdjustIndices(try count(file), &start, &stop, step)
      return try .list(count: count) { (position) throws(PythonError) in try message(file, start + position * step) }
    }
    guard key.isIndex else { throw .type("a message index must be an integer or a slice, not \(key.typeName)") }
    let (value, overflow) = try key.index().integer()
    let count = try count(file)
    let index = value < 0 ? value + count : value
    guard overflow == 0, (0..<count).contains(index) else {
      throw .index("message index \(key.description) is out of range, '\(file.path)' has \(count) messages")
    }
    return try message(file, index)
  }
}

extension MessageBuilder {
  init(_ message: OpenMessage, of file: TensogramFile) {
    self.init(.file(message.source))
    self.file = file.path
    messageIndex = message.index
  }
}
