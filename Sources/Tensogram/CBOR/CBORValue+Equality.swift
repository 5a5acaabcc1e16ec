extension CBORValue: Equatable {
  /// Whether both are the same item, so that their canonical encodings are the same (maps apart, which keep an order).
  ///
  /// Texts are compared byte for byte, not by canonical equivalence as Swift does; any NaN equals any NaN; 0.0 and
  /// −0.0 differ, as do 1 and 1.0.
  public static func == (left: CBORValue, right: CBORValue) -> Bool {
    switch (left, right) {
    case (.unsigned(let left), .unsigned(let right)), (.negative(let left), .negative(let right)): left == right
    case (.bytes(let left), .bytes(let right)): left == right
    case (.text(let left), .text(let right)): left.isSameUTF8(as: right)
    case (.array(let left), .array(let right)): left == right
    case (.map(let left), .map(let right)): left == right
    case (.tagged(let leftTag, let left), .tagged(let rightTag, let right)): leftTag == rightTag && left == right
    case (.bool(let left), .bool(let right)): left == right
    case (.null, .null), (.undefined, .undefined): true
    case (.simple(let left), .simple(let right)): left == right
    case (.float(let left), .float(let right)): left.bitPattern == right.bitPattern || (left.isNaN && right.isNaN)
    default: false
    }
  }
}

extension String {
  /// Equality of CBOR texts: the same bytes. `==`, which is fast at telling most texts apart, would also take "é" for
  /// "e" with a combining accent.
  func isSameUTF8(as other: String) -> Bool {
    utf8.count == other.utf8.count && self == other && utf8.elementsEqual(other.utf8)
  }
}
