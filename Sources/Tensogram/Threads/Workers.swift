/// How many threads one call may keep busy.
public struct Workers: Sendable {
  /// At least 1.
  public let count: Int

  /// `count` workers, but no fewer than one.
  public init(_ count: Int = 1) { self.count = max(count, 1) }

  /// Calls `body` once for each index below `count`, in any order and possibly at the same time, and waits for all.
  ///
  /// Of the errors thrown, the one of the lowest index is thrown on.
  public func forEach(
    _ count: Int, _ body: @Sendable (Int) throws(TensogramError) -> Void
  ) throws(TensogramError) {
    for index in 0..<count { try body(index) }
  }
}
