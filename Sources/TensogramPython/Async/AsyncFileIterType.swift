import CPython
import Tensogram

/// `tensogram.AsyncTensogramFileIter`: decodes the messages of a file one by one, in an event loop.
enum AsyncFileIterType {
  final class Instance {
    let handle: FileHandle
    let count: Int
    /// Guarded by the GIL, so that each message goes to one caller.
    var position = 0

    init(_ file: AsyncFileType.Instance) throws(PythonError) {
      handle = file.handle
      count = try file.knownCount()
    }

    var remaining: Int { count - position }

    /// A future of the next message; nil at the end.
    func next() throws(PythonError) -> PythonObject? {
      guard remaining > 0 else { return nil }
      position += 1
      let (handle, index) = (handle, position - 1)
      return try AsyncOperation.start(handle) { () throws(PythonError) in try handle.decodedMessage(index) }
    }
  }

  static func wrap(_ file: AsyncFileType.Instance) throws(PythonError) -> PythonObject {
    try type.wrap(Instance(file))
  }

  static let type: NativeType<Instance> = NativeType(
    "tensogram.AsyncTensogramFileIter", "Decodes the messages of a file one by one; made by ``aiter(file)``.",
    methods: [],
    slots: [
      .asyncIterator { object in answer { () throws(PythonError) in try PythonObject(newReference: object) } },
      .asyncNext { object in
        answerNext { () throws(PythonError) in
          let next = try type.instance(object).next()
          if next == nil { unsafe PyErr_SetNone(CPython_StopAsyncIteration()) }
          return next
        }
      },
      .length { object in type.instance(object).remaining },
      .representation { object in
        answer { () throws(PythonError) in
          let iterator = type.instance(object)
          return try PythonObject(
            text: "AsyncTensogramFileIter(position=\(iterator.position), remaining=\(iterator.remaining))")
        }
      },
    ])
}
