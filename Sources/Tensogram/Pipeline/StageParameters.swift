/// Codec parameters as a descriptor has them; what is missing, of another type or out of range is a metadata error that
/// names the key.
struct StageParameters {
  let map: CBORMap

  init(_ map: CBORMap) { self.map = map }

  /// An integer within `allowed`, or `nil` where the key is absent.
  func integer(_ key: String, in allowed: ClosedRange<Int>) throws(TensogramError) -> Int? {
    guard let value = map[key] else { return nil }
    switch value {
    case .unsigned, .negative: break
    default: throw .metadata("expected integer for \(key), got \(value.kindName)")
    }
    guard let integer = value.int, allowed.contains(integer) else {
      let found = value.int.map { String($0) } ?? "a 64-bit number"
      throw .metadata("\(key) must be \(allowed.lowerBound) to \(allowed.upperBound), got \(found)")
    }
    return integer
  }

  func requiredInteger(_ key: String, in allowed: ClosedRange<Int>) throws(TensogramError) -> Int {
    guard let value = try integer(key, in: allowed) else { throw Self.missing(key) }
    return value
  }

  /// A number, integer or float, or `nil` where the key is absent.
  func number(_ key: String) throws(TensogramError) -> Double? {
    guard let value = map[key] else { return nil }
    switch value {
    case .float(let number): return number
    case .unsigned(let number): return Double(number)
    case .negative(let number): return -1 - Double(number)
    default: throw .metadata("expected number for \(key), got \(value.kindName)")
    }
  }

  func requiredNumber(_ key: String) throws(TensogramError) -> Double {
    guard let value = try number(key) else { throw Self.missing(key) }
    return value
  }

  /// A text, or `nil` where the key is absent.
  func text(_ key: String) throws(TensogramError) -> String? {
    guard let value = map[key] else { return nil }
    guard case .text(let text) = value else { throw .metadata("expected text for \(key), got \(value.kindName)") }
    return text
  }

  func requiredText(_ key: String) throws(TensogramError) -> String {
    guard let value = try text(key) else { throw Self.missing(key) }
    return value
  }

  static func missing(_ key: String) -> TensogramError { .metadata("missing required parameter: \(key)") }
}
