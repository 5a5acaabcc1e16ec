/// How a mask is stored (wire format §5.1).
public enum MaskMethod: String, CaseIterable, Sendable {
  case none, rle, roaring, lz4, zstd, blosc2

  /// An encoding error for any other name.
  public init(name: String) throws(TensogramError) {
    guard let method = MaskMethod(rawValue: name) else {
      let known = Self.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
      throw .encoding("unknown mask method \"\(name)\", must be one of \(known)")
    }
    self = method
  }
}

/// What is to become of NaN and infinities when an object is encoded.
public struct MaskOptions: Sendable {
  /// Whether NaN may be stored in a mask; else it is an error.
  public var allowsNaN = false
  /// Whether both infinities may.
  public var allowsInfinity = false
  public var methods = PerKind<MaskMethod>(.roaring)
  /// Masks that take no more bytes than this are stored as they are; 0 has the chosen method used for all.
  public var smallMaskSize = 128

  public init() {}

  func allows(_ kind: NonFinite.Kind) -> Bool { kind == .nan ? allowsNaN : allowsInfinity }
}

/// A value for each kind of non-finite number.
public struct PerKind<Value> {
  public var nan: Value
  public var positiveInfinity: Value
  public var negativeInfinity: Value

  public init(_ value: Value) {
    nan = value
    positiveInfinity = value
    negativeInfinity = value
  }

  public subscript(kind: NonFinite.Kind) -> Value {
    get {
      switch kind {
      case .nan: nan
      case .positiveInfinity: positiveInfinity
      case .negativeInfinity: negativeInfinity
      }
    }
    // In place, so that a change inside a value does not copy it.
    _modify {
      switch kind {
      case .nan: yield &nan
      case .positiveInfinity: yield &positiveInfinity
      case .negativeInfinity: yield &negativeInfinity
      }
    }
  }
}

extension PerKind: Sendable where Value: Sendable {}

extension NonFinite.Kind {
  /// The key of a kind in a descriptor's `masks`.
  public var maskKey: String {
    switch self {
    case .nan: "nan"
    case .positiveInfinity: "inf+"
    case .negativeInfinity: "inf-"
    }
  }

  init?(maskKey: String) {
    guard let kind = Self.allCases.first(where: { $0.maskKey == maskKey }) else { return nil }
    self = kind
  }
}
