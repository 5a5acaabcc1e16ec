import CPython

/// The bytes of a Python object that has the buffer protocol; while the view lives they neither move nor go.
@safe struct BufferView: ~Copyable {
  private var view = unsafe Py_buffer()
  let memory: UnsafeMutableRawBufferPointer

  /// The C-contiguous bytes of `object`, whatever its items are; BufferError or TypeError where it has none.
  init(_ object: borrowing some PythonReference & ~Copyable, writable: Bool = false) throws(PythonError) {
    let flags = writable ? PyBUF_WRITABLE : PyBUF_SIMPLE
    if unsafe PyObject_GetBuffer(object.pointer, &view, flags) < 0 {
      unsafe memory = unsafe UnsafeMutableRawBufferPointer(start: nil, count: 0)
      throw .raised
    }
    unsafe memory = unsafe UnsafeMutableRawBufferPointer(start: view.buf, count: view.len)
  }

  deinit {
    // Releasing wants the address of the structure, not the one it was filled at.
    unsafe withUnsafePointer(to: view) { view in
      unsafe PyBuffer_Release(UnsafeMutablePointer(mutating: view))
    }
  }

  var count: Int { unsafe memory.count }
}
