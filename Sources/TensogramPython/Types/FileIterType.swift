import CPython
import Tensogram

/// `tensogram.TensogramFileIter`: decodes the messages of a file one by one (contract §16.1).
enum FileIterType {
  final class Instance {
    let file: FileHandle
    /// Of messages when the iterator was made; what is appended later is not for it.
    let count: Int
    /// Guarded by the GIL, so that each message goes to one caller.
    var position = 0

    init(_ file: FileHandle) throws(PythonError) {
      self.file = file
      if file.isRemote {
        throw .runtime("iteration not supported for the remote file '\(file.path)': read its messages by number")
      }
      count = try file.count()
    }

    var remaining: Int { count - position }

    func next() throws(PythonError) -> PythonObject? {
      guard remaining > 0 else { return nil }
      position += 1
      return try file.decodedMessage(position - 1)
    }
  }

  static func wrap(_ file: FileHandle) throws(PythonError) -> PythonObject { try type.wrap(Instance(file)) }

  static let type: NativeType<Instance> = NativeType(
    "tensogram.TensogramFileIter", "Decodes the messages of a file one by one; made by ``iter(file)``.", methods: [],
    slots: [
      .iterator { object in answer { () throws(PythonError) in try PythonObject(newReference: object) } },
      .next { object in answerNext { () throws(PythonError) in try type.instance(object).next() } },
      .length { object in type.instance(object).remaining },
      .representation { object in
        answer { () throws(PythonError) in
          let iterator = type.instance(object)
          return try PythonObject(
            text: "TensogramFileIter(position=\(iterator.position), remaining=\(iterator.remaining))")
        }
      },
    ])
}
