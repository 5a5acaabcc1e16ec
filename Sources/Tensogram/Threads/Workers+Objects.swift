extension Workers {
  /// Less work than this is done by one thread.
  private static let smallWork = 64 << 10

  /// Whether objects of these sizes are worth more than one thread.
  public func share(_ sizes: [Int]) -> Bool {
    count > 1 && sizes.count > 1 && sizes.contains { $0 >= Self.smallWork / sizes.count }
  }

  /// Calls `body` once for each object, with the workers that it may keep busy.
  ///
  /// An object that is larger than a worker's part of the whole is left to all of them, if its codec can use them; the
  /// others go to one each, the largest first.
  public func forEachObject(
    _ sizes: [Int], isParallel: (Int) throws(TensogramError) -> Bool,
    _ body: @Sendable (Int, Workers) throws(TensogramError) -> Void
  ) throws(TensogramError) {
    let fair = sizes.reduce(0) { $0 + $1 / count }
    var others: [Int] = []
    for index in sizes.indices {
      if sizes[index] > fair, try isParallel(index) { try body(index, self) } else { others.append(index) }
    }
    let queue = others.sorted { (sizes[$1], $0) < (sizes[$0], $1) }
    let each = limited(to: max(count / max(queue.count, 1), 1))
    try forEach(queue.count) { (place) throws(TensogramError) in try body(queue[place], each) }
  }
}
