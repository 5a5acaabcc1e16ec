/// What the elements of an array are, in this machine's byte order.
public enum ElementType: Hashable, Sendable {
  case bool
  case int8, int16, int32, int64, uint8, uint16, uint32, uint64
  case float16, bfloat16, float32, float64
  case complex64, complex128
  /// Elements that only the caller understands, such as text: moved, never computed on.
  case opaque(size: Int)
  /// References to objects of the caller's language, counted through ``ObjectReferences``.
  case object

  /// Bytes that an element takes.
  public var size: Int {
    switch self {
    case .bool, .int8, .uint8: 1
    case .int16, .uint16, .float16, .bfloat16: 2
    case .int32, .uint32, .float32: 4
    case .int64, .uint64, .float64, .complex64: 8
    case .complex128: 16
    case .opaque(let size): size
    case .object: MemoryLayout<Int>.size
    }
  }
}
