import CPython
import Tensogram

/// Work for a thread of an event loop's pool, as something that Python can call.
enum AsyncOperation {
  final class Instance {
    let run: Operation

    init(_ run: @escaping Operation) { self.run = run }
  }

  /// A future of the running event loop, of what `operation` returns, already under way; RuntimeError without a loop.
  static func start(waits: Bool, _ operation: @escaping Operation) throws(PythonError) -> PythonObject {
    let start = try PythonObject.module("tensogram._async").attribute(Name.start)
    return try start.call(.tuple(type.wrap(Instance(operation)), PythonObject(waits)))
  }

  /// As ``start(waits:_:)``, for an operation on a file, which mostly waits where the file is remote.
  static func start(_ handle: FileHandle, _ operation: @escaping Operation) throws(PythonError) -> PythonObject {
    try start(waits: handle.isRemote, operation)
  }

  /// A future of the running event loop that has its result already.
  static func done(_ result: borrowing PythonObject) throws(PythonError) -> PythonObject {
    let done = try PythonObject.module("tensogram._async").attribute(Name.done)
    return try done.call(.tuple(PythonObject(result)))
  }

  private static let type: NativeType<Instance> = NativeType(
    "tensogram._native.Operation", "Work that an asynchronous function has begun.", methods: [],
    slots: [
      .call { object, _, _ in answer { () throws(PythonError) in try type.instance(object).run() } }
    ])
}
