/// How the floating-point scalars of a dtype stand in memory: one an element, or two for complex numbers.
struct FloatLayout: Sendable {
  /// Bytes of a scalar: 2, 4 or 8.
  let width: Int
  /// Scalars of an element.
  let parts: Int
  let byteOrder: ByteOrder
  /// The exponent bits of a scalar in this machine's order.
  let exponentMask: UInt64

  /// `nil` for dtypes without NaN and infinities.
  init?(_ dtype: DType, _ byteOrder: ByteOrder) {
    switch dtype {
    case .float16: exponentMask = 0x7c00
    case .bfloat16: exponentMask = 0x7f80
    case .float32, .complex64: exponentMask = 0x7f80_0000
    case .float64, .complex128: exponentMask = 0x7ff0_0000_0000_0000
    default: return nil
    }
    width = dtype.swapWidth
    parts = dtype.isComplex ? 2 : 1
    self.byteOrder = byteOrder
  }

  var signMask: UInt64 { 1 << UInt64(width * 8 - 1) }

  /// The bits of the significand that are stored.
  var significandMask: UInt64 { ~exponentMask & (signMask - 1) }

  /// The bits that stand for a kind: infinities have no significand, a quiet NaN has its highest bit.
  func bits(of kind: NonFinite.Kind) -> UInt64 {
    switch kind {
    case .nan: exponentMask | significandMask - significandMask >> 1
    case .positiveInfinity: exponentMask
    case .negativeInfinity: signMask | exponentMask
    }
  }

  /// The bits of the scalar at `offset`, which must be in bounds.
  @inline(__always)
  func bits(at offset: Int, of values: RawSpan) -> UInt64 {
    switch width {
    case 2: UInt64(load(values, offset, as: UInt16.self))
    case 4: UInt64(load(values, offset, as: UInt32.self))
    default: load(values, offset, as: UInt64.self)
    }
  }

  @inline(__always)
  private func load<Word: FixedWidthInteger & BitwiseCopyable>(
    _ values: RawSpan, _ offset: Int, as type: Word.Type
  ) -> Word {
    // Every bit pattern is an integer.
    let word = unsafe values.unsafeLoadUnaligned(fromByteOffset: offset, as: Word.self)
    return byteOrder == .big ? Word(bigEndian: word) : Word(littleEndian: word)
  }

  /// What kind of non-finite value the scalar at `offset` is, or `nil`.
  func kind(at offset: Int, of values: RawSpan) -> NonFinite.Kind? {
    kind(ofBits: bits(at: offset, of: values))
  }

  /// What kind of non-finite value these bits are, or `nil`.
  @inline(__always)
  func kind(ofBits bits: UInt64) -> NonFinite.Kind? {
    guard bits & exponentMask == exponentMask else { return nil }
    if bits & significandMask != 0 { return .nan }
    return bits & signMask == 0 ? .positiveInfinity : .negativeInfinity
  }
}
