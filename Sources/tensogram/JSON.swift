import Tensogram

extension CBORValue {
  /// Text as it is, everything else as JSON.
  var plainText: String { text ?? json }

  /// As JSON on one line. What JSON has no word for becomes text: NaN, infinities, keys that are no text, bytes as
  /// hexadecimal digits.
  var json: String {
    switch self {
    case .unsigned(let number): "\(number)"
    case .negative(let number): number == .max ? "-18446744073709551616" : "-\(number + 1)"
    case .bytes(let bytes): Self.quoted(bytes.map { Self.hexadecimal($0, 2) }.joined())
    case .text(let text): Self.quoted(text)
    case .array(let items): "[" + items.map(\.json).joined(separator: ", ") + "]"
    case .map(let map): map.json
    case .tagged(_, let content): content.json
    case .bool(let flag): "\(flag)"
    case .null, .undefined: "null"
    case .simple(let number): "\(number)"
    case .float(let number): number.isFinite ? "\(number)" : Self.quoted("\(number)")
    }
  }

  static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\t": result += "\\t"
      // Controls must be escaped in JSON; those above ASCII would act on a terminal, too.
      case ..<" ", "\u{7f}"..."\u{9f}": result += "\\u" + hexadecimal(scalar.value, 4)
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }

  private static func hexadecimal(_ value: some BinaryInteger, _ width: Int) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: max(width - digits.count, 0)) + digits
  }
}

extension CBORMap {
  var json: String {
    let entries = entries.map { "\(CBORValue.quoted($0.key.plainText)): \($0.value.json)" }
    return "{" + entries.joined(separator: ", ") + "}"
  }

  init(_ entries: KeyValuePairs<String, CBORValue>) {
    self.init(entries: entries.map { Entry(key: .text($0), value: $1) })
  }
}
