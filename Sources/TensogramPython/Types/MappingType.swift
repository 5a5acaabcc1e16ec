import CPython
import Tensogram

/// A mapping of a part of a file, as a Python object with the buffer protocol: what arrays of `copy=False` hold on to.
enum MappingType {
  static func wrap(_ bytes: MappedBytes) throws(PythonError) -> PythonObject { try type.wrap(bytes) }

  private static let type: NativeType<MappedBytes> = NativeType(
    "tensogram._native.Mapping", "Bytes of a file, mapped read-only for as long as an array needs them.", methods: [],
    slots: [
      .buffer { object, view, flags in
        let memory = unsafe type.instance(object).memory
        // The mapping lives as long as `object`, which the view holds; read-only, so nobody writes through the cast.
        return unsafe PyBuffer_FillInfo(
          view, object, UnsafeMutableRawPointer(mutating: memory.baseAddress), memory.count, 1, flags)
      }
    ])
}
