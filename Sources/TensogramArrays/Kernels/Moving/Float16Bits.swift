/// IEEE 754 binary16, converted by integer arithmetic that vectors have.
enum HalfBits {
  @inline(__always)
  static func toFloat(_ half: UInt16) -> Float {
    let bits = UInt32(half)
    let magnitude = (bits & 0x7FFF) &<< 13
    // The exponents differ by 112, which the product corrects, of subnormal numbers too.
    let scaled = (Float(bitPattern: magnitude) * Float(bitPattern: 0x7780_0000)).bitPattern
    let special: UInt32 = magnitude >= 0x7C00 &<< 13 ? 0x7F80_0000 : 0
    return Float(bitPattern: scaled | special | (bits & 0x8000) &<< 16)
  }

  /// To nearest, ties to even. NaN keeps the high bits of its payload.
  @inline(__always)
  static func fromFloat(_ value: Float) -> UInt16 {
    let sign = value.bitPattern & 0x8000_0000
    let magnitude = value.bitPattern ^ sign
    let normal = (magnitude &- 112 &<< 23 &+ 0xFFF &+ (magnitude &>> 13 & 1)) &>> 13
    // Adding 0.5 leaves the bits of a subnormal result at the end of the sum.
    let subnormal = (Float(bitPattern: magnitude) + 0.5).bitPattern &- 0x3F00_0000
    let payload = magnitude &>> 13 & 0x3FF
    let notFinite: UInt32 = magnitude > 0x7F80_0000 ? 0x7C00 | (payload == 0 ? 1 : payload) : 0x7C00
    let finite = magnitude < 113 &<< 23 ? subnormal : normal
    return UInt16(truncatingIfNeeded: (magnitude >= 143 &<< 23 ? notFinite : finite) | sign &>> 16)
  }
}

/// bfloat16: the upper half of a float32.
enum BrainBits {
  @inline(__always)
  static func toFloat(_ value: UInt16) -> Float { Float(bitPattern: UInt32(value) &<< 16) }

  /// To nearest, ties to even. NaN is the quiet one.
  @inline(__always)
  static func fromFloat(_ value: Float) -> UInt16 {
    let bits = value.bitPattern
    let rounded = (bits &+ 0x7FFF &+ (bits &>> 16 & 1)) &>> 16
    let quiet = bits &>> 16 & 0x8000 | 0x7FC0
    return UInt16(truncatingIfNeeded: bits & 0x7FFF_FFFF > 0x7F80_0000 ? quiet : rounded)
  }
}
