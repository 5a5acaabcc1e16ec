/// The rounding of simple packing: q = (v − R) · scale, to the nearest integer, halves away from zero, limited to what
/// the bits can hold.
struct Quantiser: Sendable {
  typealias Lanes = SIMD8<Double>

  let reference: Double
  private let scale: Double
  private let largest: UInt64

  init(_ parameters: SimplePackingParameters) {
    reference = parameters.referenceValue
    scale = parameters.scale
    largest = parameters.largestInteger
  }

  /// Rounds `groups` times eight values at `values`, of any alignment, to integers at `integers`.
  func quantise(_ values: UnsafeRawPointer, _ groups: Int, into integers: UnsafeMutableRawPointer) {
    // All reads and writes are of whole groups, for which the caller has room.
    if largest <= Self.largestInLanes {
      for group in 0..<groups {
        let lanes = unsafe values.loadUnaligned(fromByteOffset: group &* 64, as: Lanes.self)
        unsafe integers.storeBytes(of: quantise(lanes), toByteOffset: group &* 64, as: SIMD8<UInt64>.self)
      }
    } else {
      for index in 0..<groups &* 8 {
        let value = unsafe values.loadUnaligned(fromByteOffset: index &* 8, as: Double.self)
        unsafe integers.storeBytes(of: quantise(value), toByteOffset: index &* 8, as: UInt64.self)
      }
    }
  }

  private static let largestInLanes = SimplePackingParameters.largestInteger(51)
  /// Adding it leaves a number's integer part, rounded to even, in the low bits of the significand.
  private static let rounding = 0x1p52

  /// Limiting comes before rounding, which gives the same, because the limits are integers. What is not above 0 becomes
  /// 0, so also the NaN that 0 · ∞ is.
  @inline(__always)
  private func quantise(_ values: Lanes) -> SIMD8<UInt64> {
    let zero = Lanes(repeating: 0)
    let top = Lanes(repeating: Double(largest))
    let rounding = Lanes(repeating: Self.rounding)
    let exact = (values - reference) * scale
    let positive = zero.replacing(with: exact, where: exact .> zero)
    let limited = top.replacing(with: positive, where: positive .< top)
    let even = limited + rounding
    // Half-way and rounded down to even: one more is away from zero.
    let isHalf = (limited - (even - rounding)) .== Lanes(repeating: 0.5)
    let rounded = even + zero.replacing(with: Lanes(repeating: 1), where: isHalf)
    // Both are eight 64-bit lanes without padding.
    let bits = unsafe unsafeBitCast(rounded, to: SIMD8<UInt64>.self)
    return bits &- SIMD8(repeating: Self.rounding.bitPattern)
  }

  /// The same for any number of bits.
  private func quantise(_ value: Double) -> UInt64 {
    let rounded = ((value - reference) * scale).rounded(.toNearestOrAwayFromZero)
    guard rounded > 0 else { return 0 }
    return rounded >= Double(largest) ? largest : UInt64(rounded)
  }
}
