import CPython
import Tensogram

extension PythonObject {
  /// What `__reduce__` returns: a function of this module, and the canonical CBOR that it makes the object of again.
  static func pickled(_ value: CBORValue, by function: String) throws(PythonError) -> PythonObject {
    let bytes = try core { () throws(TensogramError) in try CBORWriter.encode(value) }
    let maker = try PythonObject.module("tensogram._native").attribute(InternedString(function))
    return try .tuple(maker, .tuple(PythonObject(bytes: bytes.span)))
  }
}

extension CBORValue {
  /// The item in a pickle.
  init(pickle: Borrowed) throws(PythonError) {
    let view = try BufferView(pickle)
    self = try core { () throws(TensogramError) in
      // The view keeps the bytes.
      try CBORReader.decode(unsafe RawSpan(_unsafeBytes: UnsafeRawBufferPointer(view.memory)))
    }
  }
}
