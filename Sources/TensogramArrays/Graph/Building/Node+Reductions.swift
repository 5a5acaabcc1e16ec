extension Node {
  /// A native reduction along axes; along none it is that of each element.
  package func reduced(
    _ operation: ReductionOperation, _ axes: [Int], keepsAxes: Bool = false, _ elementType: ElementType? = nil,
    ddof: Double = 0
  ) throws(ArrayError) -> Node {
    let axes = try require(axes: axes)
    guard let natural = operation.resultType(self.elementType) else {
      throw ArrayError("there is no native \(operation.rawValue) of \(self.elementType)")
    }
    // Elements are best reduced as they lie in memory; what is left is turned round. Places count in the order of axes.
    if let order = permutation, axes.count == 1 || !operation.findsPlaces {
      let inner = try inputs[0].reduced(
        operation, axes.map { order[$0] }, keepsAxes: keepsAxes, elementType, ddof: ddof)
      let kept = keepsAxes ? order : shape.indices.filter { !axes.contains($0) }.map { order[$0] }
      let places = kept.sorted()
      return try inner.permuted(kept.map { axis in places.firstIndex(of: axis) ?? 0 })
    }
    let chunks = shape.indices.compactMap { axis -> AxisChunks? in
      if axes.contains(axis) { return keepsAxes ? AxisChunks(whole: 1) : nil }
      return grid.axes[axis]
    }
    let reduction = Reduction(operation: operation, axes: axes, keepsAxes: keepsAxes, ddof: ddof)
    let node = Node(reduction, [self], natural, ChunkGrid(chunks))
    return try node.converted(to: elementType ?? natural)
  }

  /// A reduction by functions of the caller: of each block, of what they leave one after the other, and the last.
  ///
  /// `chunk` and `combine` keep the axis with length 1; `aggregate` sees all along the axis.
  package func reduced(
    _ chunk: any ExternalFunction, _ combine: (any ExternalFunction)?, _ aggregate: any ExternalFunction, axis: Int,
    keepsAxis: Bool, _ elementType: ElementType
  ) throws(ArrayError) -> Node {
    try require(axis: axis)
    var partial = Self.shortened(chunk, self, axis, elementType)
    // So that what stays of very many blocks is put together in several steps.
    while let combine, partial.shape[axis] > Self.combinedBlocks {
      var axes = partial.grid.axes
      axes[axis] = AxisChunks(extent: axes[axis].extent, size: Self.combinedBlocks)
      partial = Self.shortened(combine, try partial.rechunked(ChunkGrid(axes)), axis, elementType)
    }
    let kept = Array(partial.shape.indices)
    let output = keepsAxis ? kept.map { $0 == axis ? -1 : $0 } : kept.filter { $0 != axis }
    return try Self.blockwise(
      aggregate, [(partial, kept)], output: output, newChunks: [-1: AxisChunks(whole: 1)], [elementType])[0]
  }

  private static let combinedBlocks = 16

  /// Each block made to one of length 1 along the axis.
  private static func shortened(
    _ function: any ExternalFunction, _ input: Node, _ axis: Int, _ elementType: ElementType
  ) -> Node {
    var axes = input.grid.axes
    axes[axis] = AxisChunks(extent: axes[axis].count, size: 1)
    let call = BlockCall(
      function, inputAxes: [axes.indices.map { $0 }], loops: input.grid.axes, outputs: [(elementType, ChunkGrid(axes))],
      passesBlock: false)
    return call.makeNodes([input])[0]
  }
}
