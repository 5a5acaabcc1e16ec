extension Node {
  /// Elements along an axis by their numbers, from 0 on; the shape of the indices replaces the axis.
  package func taking(_ indices: [Int], shape indexShape: [Int], axis: Int) throws(ArrayError) -> Node {
    try require(axis: axis)
    precondition(indices.count == indexShape.reduce(1, *))
    try Self.require(indices, inside: axis, of: shape)
    return Node(
      Take(axis: axis, indices: indices, indexShape: indexShape), [self], elementType,
      takenGrid(axis, indexShape.map { AxisChunks(whole: $0) }))
  }

  /// The same by an array of int64, which may count from the end.
  package func taking(_ indices: Node, axis: Int) throws(ArrayError) -> Node {
    try require(axis: axis)
    guard indices.elementType == .int64 else { throw ArrayError("indices must be int64, not \(indices.elementType)") }
    var axes = grid.axes
    axes.replaceSubrange(axis...axis, with: indices.grid.axes)
    return Node(ComputedTake(axis: axis), [self, indices], elementType, ChunkGrid(axes))
  }

  /// Blocks along the indices' axes no larger than the largest along the axis they replace.
  private func takenGrid(_ axis: Int, _ indexAxes: [AxisChunks]) -> ChunkGrid {
    var axes = grid.axes
    let largest = max(axes[axis].largest, 1)
    var parts = indexAxes
    if let first = parts.first {
      let inner = parts.dropFirst().reduce(1) { $0 * max($1.extent, 1) }
      parts[0] = first.split(max(largest / inner, 1))
    }
    axes.replaceSubrange(axis...axis, with: parts)
    return ChunkGrid(axes)
  }

  /// Elements by an index along each of several axes, all of one shape, from 0 on.
  package func points(_ axes: [Int], _ indices: [[Int]], shape indexShape: [Int]) throws(ArrayError) -> Node {
    guard !axes.isEmpty, axes.count == indices.count else {
      throw ArrayError("\(indices.count) arrays of indices for \(axes.count) axes")
    }
    _ = try require(axes: axes)
    for (axis, indices) in zip(axes, indices) {
      precondition(indices.count == indexShape.reduce(1, *))
      try Self.require(indices, inside: axis, of: shape)
    }
    let others = shape.indices.filter { !axes.contains($0) }.map { grid.axes[$0] }
    let largest = axes.map { grid.axes[$0].largest }.max() ?? 1
    var parts = indexShape.map { AxisChunks(whole: $0) }
    if let first = parts.first { parts[0] = first.split(max(largest, 1)) }
    return Node(
      Point(axes: axes, indices: indices, indexShape: indexShape), [self], elementType, ChunkGrid(parts + others))
  }

  /// With the elements that `target` takes replaced by `value`, which broadcasts to them.
  package func assigning(_ value: Node, to target: Region) throws(ArrayError) -> Node {
    let shape = try sliced(target).shape
    try requireValue(value, shape)
    return Node(Assign(target: target), [self, value], elementType, grid)
  }

  /// With the elements at `indices` along an axis replaced by those of `value`, which broadcasts to them.
  package func putting(_ value: Node, at indices: [Int], axis: Int) throws(ArrayError) -> Node {
    try require(axis: axis)
    try Self.require(indices, inside: axis, of: shape)
    try requireValue(value, shape.replacing(axis, with: indices.count))
    let replaced = Dictionary(zip(indices, indices.indices)) { $1 }
    return Node(Put(axis: axis, replaced: replaced), [self, value], elementType, grid)
  }

  private func requireValue(_ value: Node, _ shape: [Int]) throws(ArrayError) {
    guard value.elementType == elementType else {
      throw ArrayError("elements of \(value.elementType) cannot be assigned to an array of \(elementType)")
    }
    let missing = shape.count - value.shape.count
    guard missing >= 0,
      value.shape.indices.allSatisfy({ value.shape[$0] == 1 || value.shape[$0] == shape[$0 + missing] })
    else {
      throw ArrayError("an array of shape \(value.shape) does not broadcast to the \(shape) elements it is assigned to")
    }
  }

  private static func require(_ indices: [Int], inside axis: Int, of shape: [Int]) throws(ArrayError) {
    for index in indices where index < 0 || index >= shape[axis] {
      throw .index(index, outside: axis, shape[axis])
    }
  }
}
