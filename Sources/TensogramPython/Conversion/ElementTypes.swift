import CPython
import Tensogram

/// What the elements of an array are.
enum ElementType: Equatable {
  /// One of the format's, in a byte order.
  case stored(DType, ByteOrder)
  /// numpy's bool, a byte each.
  case bool
  /// Anything the format has no place for.
  case other
}

/// The element types of the format and their numpy dtypes, both ways.
final class ElementTypes {
  /// By ``DType/place``; nil where the answer depends on what is installed.
  private let dtypes: [PermanentObject?]
  /// Native dtypes are singletons in all but odd cases, so most lookups compare a few addresses.
  private let known: [(dtype: PermanentObject, type: ElementType)]
  /// The dtype of masks.
  private let permanentBool: PermanentObject

  /// - Parameter dtype: the class `numpy.dtype`. The dtypes made here live for ever.
  init(dtype: consuming PythonObject) throws(PythonError) {
    func native(_ name: String) throws(PythonError) -> PermanentObject {
      PermanentObject(try dtype.call(.tuple(PythonObject(text: name))))
    }
    var dtypes: [PermanentObject?] = []
    var known: [(dtype: PermanentObject, type: ElementType)] = []
    for type in DType.allCases {
      switch type {
      case .bfloat16: dtypes.append(nil)
      case .bitmask: dtypes.append(try native("uint8"))
      default:
        let dtype = try native(type.rawValue)
        dtypes.append(dtype)
        known.append((dtype, .stored(type, .native)))
      }
    }
    permanentBool = try native("bool")
    known.append((permanentBool, .bool))
    self.dtypes = dtypes
    self.known = known
  }

  /// The dtype of arrays that decoding returns; for bfloat16 that of ml_dtypes, and uint16 without that package.
  func dtype(of type: DType) throws(PythonError) -> PythonObject {
    if let dtype = dtypes[type.place] { return PythonObject(dtype) }
    if let bfloat16 = try Self.bfloat16() { return bfloat16 }
    return try dtype(of: .uint16)
  }

  var bool: PythonObject { PythonObject(permanentBool) }

  /// What the elements of an array of this dtype are.
  func elementType(_ dtype: borrowing PythonObject) throws(PythonError) -> ElementType {
    for entry in known where entry.dtype.isIdentical(to: dtype) { return entry.type }
    let code = try dtype.attribute(Name.str).text()
    let order: ByteOrder = code.utf8.first == UInt8(ascii: ">") ? .big : .little
    if let type = Self.byCode[String(code.dropFirst())] { return .stored(type, order) }
    if code.hasSuffix("V2"), try dtype.attribute(Name.name).text() == DType.bfloat16.rawValue {
      return .stored(.bfloat16, order)
    }
    return code == "|b1" ? .bool : .other
  }

  /// By kind and bytes, as numpy writes them after the byte order.
  private static let byCode: [String: DType] = [
    "f2": .float16, "f4": .float32, "f8": .float64, "c8": .complex64, "c16": .complex128,
    "i1": .int8, "i2": .int16, "i4": .int32, "i8": .int64, "u1": .uint8, "u2": .uint16, "u4": .uint32, "u8": .uint64,
  ]

  // Guarded by the GIL; filled once ml_dtypes is there.
  nonisolated(unsafe) private static var cachedBfloat16: PermanentObject?

  private static func bfloat16() throws(PythonError) -> PythonObject? {
    if let cached = unsafe cachedBfloat16 { return PythonObject(cached) }
    guard let module = try? PythonObject.module("ml_dtypes") else {
      guard PythonError.matches(.importError) else { throw .raised }
      PythonError.clear()
      return nil
    }
    let scalar = try module.attribute(InternedString("bfloat16"))
    let numpy = try PythonObject.module("numpy")
    let dtype = try numpy.attribute(Name.dtype).call(.tuple(scalar))
    unsafe cachedBfloat16 = PermanentObject(PythonObject(dtype))
    return dtype
  }
}

extension DType {
  /// Its number in the order of `allCases`.
  fileprivate var place: Int {
    switch self {
    case .float16: 0
    case .bfloat16: 1
    case .float32: 2
    case .float64: 3
    case .complex64: 4
    case .complex128: 5
    case .int8: 6
    case .int16: 7
    case .int32: 8
    case .int64: 9
    case .uint8: 10
    case .uint16: 11
    case .uint32: 12
    case .uint64: 13
    case .bitmask: 14
    }
  }
}
