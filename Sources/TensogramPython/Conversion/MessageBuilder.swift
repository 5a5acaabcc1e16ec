import CPython
import Tensogram

/// Makes the Python objects that decoding functions return.
///
/// How elements are wanted is in ``options``; with `lender`, arrays are views of the payload where they can be.
struct MessageBuilder {
  var options = DecodeOptions()
  var lender: Lender?
  /// Whether reading may wait for a disk, so that the GIL is released however little is read.
  var waits = false

  /// `tensogram.Message`
  func message(_ reader: MessageReader) throws(PythonError) -> PythonObject {
    let (metadata, objects) = try read(reader) { (reader) throws(TensogramError) in
      (try reader.metadata(), try reader.locatedObjects())
    }
    let list = try PythonObject.list(count: objects.count) { (index) throws(PythonError) in
      try .tuple(DescriptorType.wrap(objects[index].descriptor), array(objects[index], of: reader))
    }
    return try MessageClass.make(MetadataType.wrap(metadata), list)
  }

  func metadata(_ reader: MessageReader) throws(PythonError) -> PythonObject {
    try MetadataType.wrap(read(reader) { (reader) throws(TensogramError) in try reader.metadata() })
  }

  /// Metadata and a list of all descriptors.
  func descriptors(_ reader: MessageReader) throws(PythonError) -> (metadata: Metadata, [DataObjectDescriptor]) {
    try read(reader) { (reader) throws(TensogramError) in (try reader.metadata(), try reader.descriptors()) }
  }

  /// Metadata of the message, and one object of it with its descriptor read.
  func located(_ index: Int, of reader: MessageReader) throws(PythonError) -> (metadata: Metadata, LocatedObject) {
    try read(reader) { (reader) throws(TensogramError) in
      let object = try reader.located(index)
      return (try reader.metadata(), object)
    }
  }

  /// The elements of an object.
  func array(_ object: LocatedObject, of reader: MessageReader) throws(PythonError) -> PythonObject {
    if let lender, let view = try ArrayOutput.view(object, of: reader, in: lender, options) { return view }
    return try ArrayOutput.array(object, of: reader, waits: waits, options)
  }

  private func read<Result>(
    _ reader: MessageReader, _ body: (MessageReader) throws(TensogramError) -> Result
  ) throws(PythonError) -> Result {
    try releasingGIL(work: waits ? .max : 0) { () throws(TensogramError) in try body(reader) }
  }
}

/// `tensogram.Message`, a named tuple that Python code defines.
enum MessageClass {
  // Guarded by the GIL.
  nonisolated(unsafe) private static var loaded: (type: PermanentObject, make: newfunc)?

  static func make(
    _ metadata: consuming PythonObject, _ objects: consuming PythonObject
  ) throws(PythonError) -> PythonObject {
    let (type, make) = unsafe try load()
    // `tuple.__new__(Message, (metadata, objects))`, past the Python code of Message itself.
    let arguments = try PythonObject.tuple(.tuple(metadata, objects))
    return unsafe try PythonObject(make(OpaquePointer(type.pointer), arguments.pointer, nil))
  }

  private static func load() throws(PythonError) -> (type: PermanentObject, make: newfunc) {
    if let loaded = unsafe loaded { return unsafe loaded }
    let type = try PythonObject.module("tensogram._message").attribute(InternedString("Message"))
    guard let slot = unsafe PyType_GetSlot(CPython_tupleType(), Py_tp_new) else {
      throw .runtime("tensogram: this Python has no tuple.__new__")
    }
    let found = unsafe (PermanentObject(type), unsafeBitCast(slot, to: newfunc.self))
    unsafe loaded = unsafe found
    return unsafe found
  }
}
