import CPython
import Tensogram

/// A message in a buffer that a caller handed in, for the time of one call.
struct InputMessage: ~Copyable {
  let object: Borrowed
  let view: BufferView
  let reader: MessageReader

  /// Reads positions; TypeError for what has no bytes, ValueError for bytes that do not start with a message.
  init(_ object: Borrowed) throws(PythonError) {
    let view = try BufferView(object)
    let source = unsafe MemorySource(memory: UnsafeRawBufferPointer(view.memory), owner: nil)
    reader = try releasingGIL(work: view.count) { () throws(TensogramError) in try MessageReader(source) }
    self.view = view
    self.object = object
  }
}

extension MessageReader {
  /// All objects with their descriptors.
  func locatedObjects() throws(TensogramError) -> [LocatedObject] {
    var objects: [LocatedObject] = []
    objects.reserveCapacity(objectCount)
    for index in 0..<objectCount { objects.append(try located(index)) }
    return objects
  }
}
