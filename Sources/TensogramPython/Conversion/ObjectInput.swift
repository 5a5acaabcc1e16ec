import CPython
import Tensogram

/// One object to write, as a descriptor and data from Python; holds on to the data.
struct ObjectInput {
  /// What the data is: elements, or what their pipeline made of them elsewhere.
  enum Content {
    case elements, payload
  }

  let object: DataObject
  private let input: ArrayInput

  init(_ descriptor: Borrowed, _ data: Borrowed, as content: Content) throws(PythonError) {
    let descriptor = try DataObjectDescriptor(descriptor)
    switch content {
    case .elements:
      input = try ArrayInput(data, for: descriptor)
      let order = input.byteOrder ?? descriptor.byteOrder
      object = unsafe DataObject(descriptor, data: UnsafeRawBufferPointer(input.view.memory), order: order)
    case .payload:
      input = try ArrayInput(payload: data)
      object = unsafe DataObject(descriptor, payload: UnsafeRawBufferPointer(input.view.memory))
    }
  }

  /// From a `(descriptor, data)` tuple.
  init(_ pair: borrowing PythonObject, as content: Content) throws(PythonError) {
    guard pair.isTuple, try pair.count() == 2 else {
      throw .value("an object must be a (descriptor, data) tuple, not \(pair.typeName)")
    }
    try self.init(pair.tupleItem(0), pair.tupleItem(1), as: content)
  }

  /// Bytes of its data.
  var size: Int { input.view.count }
}
