import CPython
import Tensogram

/// The entry point that `import tensogram._native` calls.
@_cdecl("PyInit__native")
func makeModule() -> PyPointer? {
  return nil
}
