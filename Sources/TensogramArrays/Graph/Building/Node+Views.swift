extension Node {
  /// Start, step and count along each axis.
  package func sliced(_ selection: Region) throws(ArrayError) -> Node {
    guard selection.axes.count == shape.count else {
      throw ArrayError("a slice along \(selection.axes.count) axes does not fit an array with \(shape.count)")
    }
    for (axis, part) in selection.axes.enumerated() where part.count > 0 {
      let (distance, overflow) = (part.count - 1).multipliedReportingOverflow(by: part.step)
      let (last, overflow2) = part.start.addingReportingOverflow(distance)
      guard part.step != 0, !overflow, !overflow2, (0..<shape[axis]).contains(part.start),
        (0..<shape[axis]).contains(last)
      else {
        throw ArrayError(
          "\(part.count) elements from \(part.start) in steps of \(part.step) are out of range for axis \(axis) of "
            + "length \(shape[axis])")
      }
    }
    if selection == Region(all: shape) { return self }
    let axes = zip(grid.axes, selection.axes).map { $0.selecting(start: $1.start, step: $1.step, count: $1.count) }
    let inner = (operation as? Slice).map { outer in
      Slice(selection: Region(zip(outer.selection.axes, selection.axes).map { $0.selecting($1) }))
    }
    return Node(inner ?? Slice(selection: selection), [inner == nil ? self : inputs[0]], elementType, ChunkGrid(axes))
  }

  package func rechunked(_ grid: ChunkGrid) throws(ArrayError) -> Node {
    try Self.require(grid, for: shape)
    if grid == self.grid { return self }
    return Node(Rechunk(), [self], elementType, grid)
  }

  package func permuted(_ order: [Int]) throws(ArrayError) -> Node {
    guard order.count == shape.count, order.sorted() == Array(shape.indices) else {
      throw ArrayError("\(order) is no order of \(shape.count) axes")
    }
    if order == Array(shape.indices) { return self }
    // Once turned is enough.
    if let before = permutation { return try inputs[0].permuted(order.map { before[$0] }) }
    return mapped("permute", order.map { $0 }, order.map { grid.axes[$0] })
  }

  /// The axes of the input that this array's are, where it is the input with its axes in another order.
  var permutation: [Int]? {
    guard let map = operation as? AxisMap else { return nil }
    let order = map.axes.compactMap { $0 }
    let isWhole = order.count == map.axes.count && order.sorted() == Array(inputs[0].shape.indices)
    return isWhole && shape == order.map { inputs[0].shape[$0] } ? order : nil
  }

  /// With new axes of length 1 at these places of the result.
  package func expanded(_ places: [Int]) throws(ArrayError) -> Node {
    let count = shape.count + places.count
    guard Set(places).count == places.count, places.allSatisfy((0..<count).contains) else {
      throw ArrayError("new axes at \(places) do not fit an array with \(shape.count) axes")
    }
    var next = 0
    let axes = (0..<count).map { place -> Int? in
      if places.contains(place) { return nil }
      defer { next += 1 }
      return next
    }
    return mapped("expand", axes, axes.map { $0.map { grid.axes[$0] } ?? AxisChunks(whole: 1) })
  }

  /// Without these axes, which have length 1.
  package func squeezed(_ axes: [Int]) throws(ArrayError) -> Node {
    for axis in try require(axes: axes) where shape[axis] != 1 {
      throw ArrayError("axis \(axis) of shape \(shape) cannot be dropped: its length is not 1")
    }
    let kept = shape.indices.filter { !axes.contains($0) }
    return mapped("squeeze", kept.map { $0 }, kept.map { grid.axes[$0] })
  }

  /// Repeated to `shape`; new blocks along repeated axes as in `grid`, else one.
  package func broadcast(to target: [Int], _ grid: ChunkGrid? = nil) throws(ArrayError) -> Node {
    let missing = target.count - shape.count
    guard missing >= 0, shape.indices.allSatisfy({ shape[$0] == 1 || shape[$0] == target[$0 + missing] }) else {
      throw ArrayError("an array of shape \(shape) does not broadcast to \(target)")
    }
    if let grid { try Self.require(grid, for: target) }
    if target == shape { return try rechunked(grid ?? self.grid) }
    let axes = target.indices.map { $0 < missing ? nil : $0 - missing }
    let chunks = target.indices.map { place -> AxisChunks in
      if let grid { return grid.axes[place] }
      guard let axis = axes[place], shape[axis] == target[place] else { return AxisChunks(whole: target[place]) }
      return self.grid.axes[axis]
    }
    return mapped("broadcast", axes, chunks)
  }

  private func mapped(_ name: String, _ axes: [Int?], _ chunks: [AxisChunks]) -> Node {
    Node(AxisMap(name: name, axes: axes), [self], elementType, ChunkGrid(chunks))
  }

  /// One after the other along an axis; of one type, and of one shape along the others.
  package static func concatenated(_ inputs: [Node], axis: Int) throws(ArrayError) -> Node {
    guard let first = inputs.first else { throw ArrayError("there is nothing to concatenate") }
    try first.require(axis: axis)
    var end = 0
    var ends: [Int] = []
    for input in inputs {
      guard input.elementType == first.elementType, input.shape.count == first.shape.count,
        first.shape.indices.allSatisfy({ $0 == axis || input.shape[$0] == first.shape[$0] })
      else {
        throw ArrayError(
          "an array of \(input.elementType), shape \(input.shape), cannot be concatenated along axis \(axis) with one "
            + "of \(first.elementType), shape \(first.shape)")
      }
      end += input.shape[axis]
      ends.append(end)
    }
    if inputs.count == 1 { return first }
    let chunks = first.shape.indices.map { other -> AxisChunks in
      let parts = inputs.map { $0.grid.axes[other] }
      return other == axis ? AxisChunks.concatenated(parts) : AxisChunks.refinement(parts)
    }
    return Node(Concatenation(axis: axis, ends: ends), inputs, first.elementType, ChunkGrid(chunks))
  }

  /// All windows of these sizes along axes, whose own axes come last.
  package func windows(_ axes: [Int], _ sizes: [Int]) throws(ArrayError) -> Node {
    guard axes.count == sizes.count else { throw ArrayError("\(sizes.count) window sizes for \(axes.count) axes") }
    var chunks = grid.axes
    for (axis, size) in zip(axes, sizes) {
      try require(axis: axis)
      let left = chunks[axis].extent - size + 1
      guard size >= 1, left >= 1 else {
        throw ArrayError("a window of \(size) does not fit axis \(axis) of length \(chunks[axis].extent)")
      }
      chunks[axis] = chunks[axis].selecting(start: 0, step: 1, count: left)
    }
    _ = try require(axes: axes)
    return Node(
      Window(axes: axes, sizes: sizes), [self], elementType,
      ChunkGrid(chunks + sizes.map { AxisChunks(whole: $0) }))
  }
}
