/// The numbers that turn a field into packed integers and back: GRIB's simple packing (WMO FM 92, data representation
/// template 5.0).
///
///     let parameters = try SimplePackingParameters(for: values, bitsPerValue: 16, decimalScaleFactor: 0)
///     // value = reference + 2^binaryScale · 10^−decimalScale · q,   0 ≤ q < 2^bits
public struct SimplePackingParameters: Equatable, Sendable {
  /// R, the value of the integer 0; finite.
  public let referenceValue: Double
  /// E, −256 … 256.
  public let binaryScaleFactor: Int
  /// D, any 32-bit number.
  public let decimalScaleFactor: Int
  /// B, 0 … 64. With 0 bits every value is R.
  public let bitsPerValue: Int

  /// Throws where a number is out of range; the error names it and its descriptor key.
  public init(
    referenceValue: Double, binaryScaleFactor: Int, decimalScaleFactor: Int = 0, bitsPerValue: Int
  ) throws(TensogramError) {
    try Self.check(bitsPerValue: bitsPerValue)
    guard referenceValue.isFinite else {
      let found = referenceValue.isNaN ? "NaN" : referenceValue < 0 ? "-Inf" : "+Inf"
      throw .metadata("\(Key.reference) must be finite, got \(found)")
    }
    guard Self.binaryScaleFactors.contains(binaryScaleFactor) else {
      throw .encoding("\(Key.binaryScale) \(binaryScaleFactor) is outside -256 to 256")
    }
    guard Self.decimalScaleFactors.contains(decimalScaleFactor) else {
      throw .metadata("\(Key.decimalScale) \(decimalScaleFactor) does not fit 32 bits")
    }
    self.referenceValue = referenceValue
    self.binaryScaleFactor = binaryScaleFactor
    self.decimalScaleFactor = decimalScaleFactor
    self.bitsPerValue = bitsPerValue
  }

  static let binaryScaleFactors = -256...256
  static let decimalScaleFactors = Int(Int32.min)...Int(Int32.max)

  static func check(bitsPerValue: Int) throws(TensogramError) {
    guard bitsPerValue >= 0 else { throw .metadata("\(Key.bits) must not be negative, got \(bitsPerValue)") }
    guard bitsPerValue <= 64 else { throw .encoding("sp_bits_per_value \(bitsPerValue) exceeds maximum of 64") }
  }

  /// The descriptor's keys.
  enum Key {
    static let reference = "sp_reference_value"
    static let binaryScale = "sp_binary_scale_factor"
    static let decimalScale = "sp_decimal_scale_factor"
    static let bits = "sp_bits_per_value"
  }

  /// The most bytes of CBOR that ``entries`` take: four keys of at most 23 characters, a float and three integers.
  static let largestSize = 4 * (2 + 23) + 9 + 3 * 5

  /// As a descriptor has them.
  public var entries: [(key: String, value: CBORValue)] {
    [
      (Key.reference, .float(referenceValue)), (Key.binaryScale, CBORValue(binaryScaleFactor)),
      (Key.decimalScale, CBORValue(decimalScaleFactor)), (Key.bits, CBORValue(bitsPerValue)),
    ]
  }
}

// The order of these operations is part of the format: it makes decoding bit-identical everywhere.
extension SimplePackingParameters {
  /// 2^E · 10^−D: how far apart the values of neighbouring integers are.
  var step: Double { Self.powerOfTwo(binaryScaleFactor) * Self.powerOfTen(-decimalScaleFactor) }

  /// 10^D · 2^−E: integers per unit.
  var scale: Double { Self.powerOfTen(decimalScaleFactor) * Self.powerOfTwo(-binaryScaleFactor) }

  /// 2^B − 1.
  var largestInteger: UInt64 { Self.largestInteger(bitsPerValue) }

  static func largestInteger(_ bits: Int) -> UInt64 { bits == 64 ? .max : (1 << UInt64(bits)) - 1 }

  static func powerOfTwo(_ exponent: Int) -> Double { Double(sign: .plus, exponent: exponent, significand: 1) }

  /// 10 to any 32-bit power: by squaring, and for a negative one the reciprocal of the positive one. Beyond 10^22, where
  /// powers of ten are inexact, this and no other way gives the bits that all implementations agree on.
  static func powerOfTen(_ exponent: Int) -> Double {
    var power = 1.0
    var square = 10.0
    var rest = exponent.magnitude
    while rest > 0 {
      if rest & 1 == 1 { power *= square }
      rest >>= 1
      if rest > 0 { square *= square }
    }
    return exponent < 0 ? 1 / power : power
  }
}

extension SimplePackingParameters {
  /// Bytes that `count` values take: their bits, filled up to whole bytes.
  func packedSize(_ count: Int) throws(TensogramError) -> Int {
    try Self.packedSize(count, bitsPerValue: bitsPerValue)
  }

  /// The same for any number of bits.
  static func packedSize(_ count: Int, bitsPerValue: Int) throws(TensogramError) -> Int {
    let (groups, overflow) = (count / 8).multipliedReportingOverflow(by: bitsPerValue)
    let (size, overflow2) = groups.addingReportingOverflow((count % 8 * bitsPerValue + 7) / 8)
    if overflow || overflow2 {
      throw .object("\(count) values of \(bitsPerValue) bits overflow the address space")
    }
    return size
  }

  /// The bytes that hold `elements`, of a packed field that has them.
  func packedBytes(_ elements: Range<Int>) -> Range<Int> {
    if elements.isEmpty { return 0..<0 }
    let (first, _) = position(elements.lowerBound)
    let (end, bit) = position(elements.upperBound)
    return first..<end + (bit == 0 ? 0 : 1)
  }

  /// Where an element's bits start; the first bit of a byte is its most significant.
  func position(_ element: Int) -> (byte: Int, bit: Int) {
    let bits = element % 8 * bitsPerValue
    return (element / 8 * bitsPerValue + bits / 8, bits % 8)
  }
}
