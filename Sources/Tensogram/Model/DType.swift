/// The element types of a data object, by their names in the descriptor (wire format §5).
public enum DType: String, CaseIterable, Sendable {
  case float16, bfloat16, float32, float64, complex64, complex128
  case int8, int16, int32, int64, uint8, uint16, uint32, uint64
  /// One bit an element, the first in the most significant bit of its byte.
  case bitmask

  /// Bytes an element takes; 0 for ``bitmask``, whose elements share bytes.
  public var width: Int {
    switch self {
    case .bitmask: 0
    case .int8, .uint8: 1
    case .float16, .bfloat16, .int16, .uint16: 2
    case .float32, .int32, .uint32: 4
    case .float64, .int64, .uint64, .complex64: 8
    case .complex128: 16
    }
  }

  /// Bytes of what a byte order applies to: half the element for complex numbers, else the element.
  public var swapWidth: Int { isComplex ? width / 2 : max(width, 1) }

  public var isComplex: Bool { self == .complex64 || self == .complex128 }

  /// Whether an element can be NaN or infinite.
  public var isFloatingPoint: Bool {
    switch self {
    case .float16, .bfloat16, .float32, .float64, .complex64, .complex128: true
    default: false
    }
  }

  /// Bytes that `count` elements take in memory and uncompressed on the wire.
  ///
  /// Throws an object error if that overflows.
  public func byteCount(_ count: Int) throws(TensogramError) -> Int {
    if self == .bitmask { return count / 8 + (count % 8 == 0 ? 0 : 1) }
    let (bytes, overflow) = count.multipliedReportingOverflow(by: width)
    if overflow { throw .object("\(count) elements of \(rawValue) overflow the address space") }
    return bytes
  }
}

/// The order of the bytes inside an element (inside each half of a complex one).
public enum ByteOrder: String, Sendable {
  case little, big

  /// This machine's.
  public static var native: ByteOrder { 1.littleEndian == 1 ? .little : .big }
}
