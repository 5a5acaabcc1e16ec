import CPython
import Tensogram

/// `tensogram.compute_packing_params` (contract §15).
enum PackingFunctions {
  static let methods: [Method] = [
    Method(compute, documentation) { _, given, count, names in
      call(compute, given, count, names) { (arguments) throws(PythonError) in
        let bits = try arguments.index(1)
        let decimalScale = try arguments.integer(2)
        let values = try ArrayInput(float64: arguments.required(0))
        let workers = try ThreadSetting.workers(0)
        let parameters = try releasingGIL(work: values.view.count) { () throws(TensogramError) in
          try SimplePackingParameters(
            // The view holds the memory.
            for: unsafe RawSpan(_unsafeBytes: UnsafeRawBufferPointer(values.view.memory)),
            order: values.byteOrder ?? .native, bitsPerValue: bits, decimalScaleFactor: decimalScale, workers: workers)
        }
        let dict = try PythonObject.dict()
        for entry in parameters.entries { try dict.setItem(PythonObject(text: entry.key), PythonObject(entry.value)) }
        return dict
      }
    }
  ]

  private static let compute = Signature("compute_packing_params(values, bits_per_value, decimal_scale_factor)")

  private static let documentation = """
    The parameters that ``encode`` would choose to pack a float64 array, to be merged into a descriptor: a dict.

    ``sp_reference_value`` is the least value, ``sp_binary_scale_factor`` the smallest with which the largest fits.
    ValueError for NaN and infinities, for more than 64 bits, and where no scale suits the values.
    """
}
