/// How references of the caller's language are counted; what an array of ``ElementType/object`` needs.
///
/// A reference is a pointer; the null pointer is one that counts nothing.
public protocol ObjectReferences: Sendable {
  /// Copies references between strided tensors of one shape: takes what is copied, gives up what it replaces.
  func copy(_ source: Tensor, into target: Tensor)

  /// Gives up `count` references, one after the other from `memory`.
  func release(_ memory: UnsafeMutableRawPointer, count: Int)
}
