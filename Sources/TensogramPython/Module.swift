import CLZ4
import Glibc
import CPython
import CXXHash
import CZstd
import Tensogram

/// The interpreter's entry point (stand-in, not to be committed).
@_cdecl("PyInit__native")
public func initialize() -> UnsafeMutablePointer<PyObject>? {
  let definition = UnsafeMutablePointer<PyModuleDef>.allocate(capacity: 1)
  unsafe definition.initialize(to: PyModuleDef())
  unsafe definition.pointee.m_name = UnsafePointer(strdup("_native"))
  unsafe definition.pointee.m_size = -1
  let module = unsafe PyModule_Create2(definition, PYTHON_API_VERSION)
  let text = "\(ZSTD_versionNumber()) \(LZ4_versionNumber()) \(XXH_versionNumber()) \(DType.float32)"
  _ = unsafe PyModule_AddStringConstant(module, "versions", text)
  return unsafe module
}
