import Glibc

extension SimplePackingParameters {
  /// The parameters that pack `values`, float64 in `order`: the least value as reference, and the smallest binary scale
  /// with which the largest fits `bitsPerValue` bits.
  ///
  /// No values have reference 0. A NaN or infinity is an encoding error with its index, and so is a range that no scale
  /// within ±256 suits.
  public init(
    for values: RawSpan, order: ByteOrder = .native, bitsPerValue: Int, decimalScaleFactor: Int,
    workers: Workers = Workers()
  ) throws(TensogramError) {
    try Self.check(bitsPerValue: bitsPerValue)
    guard let extremes = try ValueExtremes.find(in: values, order: order, workers: workers) else {
      try self.init(
        referenceValue: 0, binaryScaleFactor: 0, decimalScaleFactor: decimalScaleFactor, bitsPerValue: bitsPerValue)
      return
    }
    let first = values.float64(at: 0, order)
    try self.init(
      referenceValue: bitsPerValue == 0 ? first : extremes.minimum,
      binaryScaleFactor: Self.binaryScale(extremes, bitsPerValue, decimalScaleFactor),
      decimalScaleFactor: decimalScaleFactor, bitsPerValue: bitsPerValue)
    try checkStep()
  }

  private static func binaryScale(
    _ extremes: ValueExtremes, _ bits: Int, _ decimalScale: Int
  ) throws(TensogramError) -> Int {
    let range = extremes.maximum - extremes.minimum
    if bits == 0 || range == 0 { return 0 }
    let needed = (log2(range * powerOfTen(decimalScale) / Double(largestInteger(bits)))).rounded(.up)
    guard needed >= Double(binaryScaleFactors.lowerBound), needed <= Double(binaryScaleFactors.upperBound) else {
      throw .encoding(
        "simple_packing of values from \(extremes.minimum) to \(extremes.maximum) in \(bits) bits with "
          + "\(Key.decimalScale) \(decimalScale) needs \(Key.binaryScale) \(needed), which is outside -256 to 256")
    }
    return Int(needed)
  }

  /// Throws an encoding error where neighbouring integers do not stand for different finite values.
  func checkStep() throws(TensogramError) {
    if bitsPerValue == 0 || (step.isFinite && step > 0) { return }
    throw .encoding(
      "\(Key.binaryScale) \(binaryScaleFactor) and \(Key.decimalScale) \(decimalScaleFactor) make steps of \(step), "
        + "which keep no value")
  }
}

extension RawSpan {
  /// The value at byte `offset`.
  @inline(__always)
  func float64(at offset: Int, _ order: ByteOrder) -> Double {
    // Every bit pattern is an integer.
    let bits = unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self)
    return Double(bitPattern: order == .big ? UInt64(bigEndian: bits) : UInt64(littleEndian: bits))
  }
}
