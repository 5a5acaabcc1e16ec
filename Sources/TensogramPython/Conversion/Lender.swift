import CPython
import Tensogram

/// Where the bytes of a source are for Python, so that arrays can be views of them.
enum Lender {
  /// The source is this buffer.
  case buffer(Borrowed)
  /// The source is this file, of which a part is mapped for each array.
  case file(FileSource)
  /// The source is elsewhere, and nothing of it can be lent.
  case remote

  /// A read-only array of `count` elements over `range` of the source; nil where they are not aligned in memory.
  ///
  /// The array holds on to the buffer or mapping.
  func array(_ range: Range<Int>, of dtype: DType) throws(PythonError) -> PythonObject? {
    switch self {
    case .remote: return nil
    case .buffer(let buffer): return try array(over: buffer, range.lowerBound, range.count, dtype)
    case .file(let source):
      let mapping = try MappingType.wrap(core { () throws(TensogramError) in try source.map(range) })
      return try array(over: mapping, 0, range.count, dtype)
    }
  }

  private func array(
    over buffer: borrowing some PythonReference & ~Copyable, _ offset: Int, _ size: Int, _ dtype: DType
  ) throws(PythonError) -> PythonObject? {
    guard try isAligned(buffer, offset, dtype) else { return nil }
    let numpy = try Numpy.load()
    let array = try numpy.frombuffer.call(
      .tuple(
        PythonObject(buffer), numpy.elementTypes.dtype(of: dtype), PythonObject(size / max(dtype.width, 1)),
        PythonObject(offset)))
    try array.attribute(Name.flags).setAttribute(Name.writeable, PythonObject(false))
    return array
  }

  private func isAligned(
    _ buffer: borrowing some PythonReference & ~Copyable, _ offset: Int, _ dtype: DType
  ) throws(PythonError) -> Bool {
    let view = try BufferView(buffer)
    return unsafe (Int(bitPattern: view.memory.baseAddress) &+ offset) % dtype.swapWidth == 0
  }
}
