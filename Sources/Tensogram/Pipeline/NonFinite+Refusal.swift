extension NonFinite {
  /// Throws an encoding error that gives kind, index and dtype of the first NaN or infinity among `values`.
  ///
  /// `firstIndex` is the number of the first of these elements in the object.
  static func refuse(
    in values: RawSpan, dtype: DType, byteOrder: ByteOrder, firstIndex: Int = 0
  ) throws(TensogramError) {
    guard dtype.isFloatingPoint, let found = first(in: values, dtype: dtype, byteOrder: byteOrder) else { return }
    let option = found.kind == .nan ? "allow_nan" : "allow_inf"
    let part = found.part.map { " (\($0) part)" } ?? ""
    throw .encoding(
      "\(found.kind) at element \(firstIndex + found.index)\(part) of \(dtype.rawValue) data; "
        + "\(option)=True stores it in a mask")
  }
}
