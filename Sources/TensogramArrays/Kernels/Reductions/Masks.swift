// Choices as bits instead of branches, which random values would mislead, so that the compiler makes vectors.

extension Bool {
  /// 1 or 0; where a conditional expression would become a branch.
  @inline(__always)
  var bit: UInt8 { unsafe unsafeBitCast(self, to: UInt8.self) }

  /// All bits or none.
  @inline(__always)
  func mask<Bits: FixedWidthInteger>(_ type: Bits.Type) -> Bits { 0 &- Bits(truncatingIfNeeded: bit) }
}

extension Double {
  /// This, or 0 where the condition does not hold.
  @inline(__always)
  func orZero(unless condition: Bool) -> Double { Double(bitPattern: bitPattern & condition.mask(UInt64.self)) }
}
