import Testing

@testable import Tensogram

extension DType {
  static let floats: [DType] = [.float16, .bfloat16, .float32, .float64, .complex64, .complex128]

  /// The bits of a value that is exact in every one of these formats.
  func scalarBits(_ value: Double) -> UInt64 {
    switch self {
    case .float16: UInt64(Float16(value).bitPattern)
    case .bfloat16: UInt64(Float(value).bitPattern >> 16)
    case .float32, .complex64: UInt64(Float(value).bitPattern)
    default: value.bitPattern
    }
  }

  /// The value of a scalar's bits.
  func scalarValue(_ bits: UInt64) -> Double {
    switch self {
    case .float16: Double(Float16(bitPattern: UInt16(bits)))
    case .bfloat16: Double(Float(bitPattern: UInt32(bits) << 16))
    case .float32, .complex64: Double(Float(bitPattern: UInt32(bits)))
    default: Double(bitPattern: bits)
    }
  }

  var parts: Int { isComplex ? 2 : 1 }
}

extension ByteOrder {
  static let both: [ByteOrder] = [.little, .big]

  /// The low `width` bytes of `bits` in this order.
  func bytes(_ bits: UInt64, _ width: Int) -> [UInt8] {
    let little = (0..<width).map { UInt8(truncatingIfNeeded: bits >> UInt64(8 * $0)) }
    return self == .little ? little : little.reversed()
  }

  func bits(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    (self == .big ? Array(bytes) : bytes.reversed()).reduce(0) { $0 << 8 | UInt64($1) }
  }
}

/// The kind of each element, the plain way: from values, element by element.
func plainKinds(_ bytes: [UInt8], _ dtype: DType, _ order: ByteOrder) -> [NonFinite.Kind?] {
  let width = dtype.swapWidth
  let scalars = stride(from: 0, to: bytes.count - width + 1, by: width).map {
    dtype.scalarValue(order.bits(bytes[$0..<$0 + width]))
  }
  return stride(from: 0, to: scalars.count - dtype.parts + 1, by: dtype.parts).map { first in
    let parts = scalars[first..<first + dtype.parts]
    if parts.contains(where: \.isNaN) { return .nan }
    if parts.contains(.infinity) { return .positiveInfinity }
    if parts.contains(-.infinity) { return .negativeInfinity }
    return nil
  }
}

/// Elements of which about one in `oneIn` is NaN (any payload and sign) or infinite.
func randomFloats(
  _ count: Int, _ dtype: DType, _ order: ByteOrder, oneIn: Int, _ generator: inout SeededGenerator
) -> [UInt8] {
  let width = dtype.swapWidth
  let nan = dtype.scalarBits(.nan)
  var bytes: [UInt8] = []
  for _ in 0..<count * dtype.parts {
    var bits = generator.next() & (.max >> UInt64(64 - 8 * width))
    if bits & dtype.scalarBits(.infinity) == dtype.scalarBits(.infinity) { bits ^= dtype.scalarBits(.infinity) }
    if Int.random(in: 0..<oneIn, using: &generator) == 0 {
      switch Int.random(in: 0..<4, using: &generator) {
      case 0: bits = dtype.scalarBits(.infinity)
      case 1: bits = dtype.scalarBits(-.infinity)
      case 2: bits = nan
      default: bits |= nan
      }
    }
    bytes += order.bytes(bits, width)
  }
  return bytes
}
