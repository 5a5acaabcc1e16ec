/// An expression that cannot be: shapes, types or chunks that do not fit, in one sentence.
public struct ArrayError: Error, Equatable, CustomStringConvertible {
  public var description: String

  public init(_ description: String) { self.description = description }
}

/// An error of the caller's that can be told where it happened.
package protocol NotedError: Error, AnyObject {
  func addNote(_ note: String)
}
