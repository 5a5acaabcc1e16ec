/// An expression that cannot be: shapes, types or chunks that do not fit, in one sentence.
public struct ArrayError: Error, Equatable, CustomStringConvertible {
  public enum Kind: Sendable {
    case value
    /// An index outside of its axis.
    case index
  }

  public var description: String
  public var kind: Kind

  public init(_ description: String, _ kind: Kind = .value) {
    self.description = description
    self.kind = kind
  }

  /// An index that is not inside of an axis of `length`.
  static func index(_ index: Int, outside axis: Int, _ length: Int) -> ArrayError {
    ArrayError("index \(index) is out of bounds for axis \(axis) with size \(length)", .index)
  }
}

/// An error of the caller's that can be told where it happened.
package protocol NotedError: Error, AnyObject {
  func addNote(_ note: String)
}
