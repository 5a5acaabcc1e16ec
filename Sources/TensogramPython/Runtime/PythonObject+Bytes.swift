import CPython
import Glibc

extension PythonObject {
  /// New bytes of at most `maximumSize`: `fill` writes them in place and returns how many there are.
  static func bytes(
    maximumSize: Int, _ fill: (UnsafeMutableRawBufferPointer) throws(PythonError) -> Int
  ) throws(PythonError) -> PythonObject {
    let object = unsafe try PythonObject(PyBytes_FromStringAndSize(nil, maximumSize))
    guard let start = unsafe PyBytes_AsString(object.pointer) else { throw .raised }
    // Nobody else has the new object, so its bytes may still be written.
    let size = unsafe try fill(UnsafeMutableRawBufferPointer(start: start, count: maximumSize))
    if size == maximumSize { return object }
    guard let resize = unsafe resize else { return unsafe try PythonObject(PyBytes_FromStringAndSize(start, size)) }
    var pointer: PyPointer? = unsafe object.release()
    if unsafe resize(&pointer, size) < 0 { throw .raised }
    return unsafe try PythonObject(pointer)
  }

  private typealias Resize = @convention(c) (UnsafeMutablePointer<PyPointer?>, Int) -> Int32

  /// `_PyBytes_Resize` gives memory back without copying. Every CPython has it, but the limited API does not name it,
  /// so it is looked up, and done without where it is gone.
  private static let resize: Resize? = unsafe dlsym(nil, "_PyBytes_Resize").map {
    unsafe unsafeBitCast($0, to: Resize.self)
  }
}
