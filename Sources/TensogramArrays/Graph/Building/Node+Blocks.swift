extension Node {
  /// A function of the caller on blocks, with its results, all of one shape.
  ///
  /// - Parameters:
  ///   - inputs: each with an index for each of its axes. Inputs with an index in common are cut alike along it; an
  ///     axis of length 1 broadcasts.
  ///   - output: the indices of the result. An input's index that is not among them comes whole.
  ///   - newChunks: the blocks of the result along indices that no input has, and along those that the function changes
  ///     the length of.
  package static func blockwise(
    _ function: any ExternalFunction, _ inputs: [(node: Node, indices: [Int])], output: [Int],
    newChunks: [Int: AxisChunks], _ elementTypes: [ElementType], passesBlock: Bool = false
  ) throws(ArrayError) -> [Node] {
    var loops: [AxisChunks?] = []
    var chunks: [AxisChunks] = []
    for (node, indices) in inputs where node.shape.count != indices.count {
      throw ArrayError("\(function.name): \(indices.count) indices for an array of shape \(node.shape)")
    }
    for index in output {
      let loop = try unified(index, inputs, function.name)
      guard let axis = newChunks[index] ?? loop else {
        throw ArrayError("\(function.name): index \(index) of the result has no chunks and is no input's")
      }
      guard loop == nil || loop?.count == axis.count else {
        throw ArrayError(
          "\(function.name): \(axis.count) chunks for index \(index), along which the inputs have \(loop?.count ?? 0)")
      }
      loops.append(loop)
      chunks.append(axis)
    }
    let axes = inputs.map { input in input.indices.map { output.firstIndex(of: $0) } }
    let call = BlockCall(
      function, inputAxes: axes, loops: loops, outputs: elementTypes.map { ($0, ChunkGrid(chunks)) },
      passesBlock: passesBlock)
    return call.makeNodes(inputs.map(\.node))
  }

  /// How all inputs are cut along an index; nil where none has it.
  private static func unified(
    _ index: Int, _ inputs: [(node: Node, indices: [Int])], _ name: String
  ) throws(ArrayError) -> AxisChunks? {
    var all: [AxisChunks] = []
    for (node, indices) in inputs {
      for (axis, own) in indices.enumerated() where own == index { all.append(node.grid.axes[axis]) }
    }
    guard let extent = all.map(\.extent).max() else { return nil }
    // Of axes of length 0 and 1 together the shorter one is meant.
    let length = all.contains { $0.extent == 0 } ? 0 : extent
    for chunks in all where chunks.extent != length && chunks.extent != 1 {
      throw ArrayError("\(name): arrays of length \(chunks.extent) and \(length) do not go along one index")
    }
    return AxisChunks.refinement(all.filter { $0.extent == length })
  }

  /// A scan along an axis; `limit` is how many missing values in a row are filled.
  package func scanned(
    _ operation: ScanOperation, axis: Int, _ elementType: ElementType? = nil, limit: Int? = nil
  ) throws(ArrayError) -> Node {
    try require(axis: axis)
    guard let natural = operation.resultType(self.elementType) else {
      throw ArrayError("there is no native \(operation.rawValue) of \(self.elementType)")
    }
    // No row of missing values is longer than the axis.
    let limit = limit.flatMap { $0 < shape[axis] ? $0 : nil }
    let node = Node(Scan(operation: operation, axis: axis, limit: limit), [self], natural, grid)
    return try node.converted(to: elementType ?? natural)
  }

  /// A scan by functions of the caller: of a block by itself, what joins that with what came before, what a block leaves.
  package func scanned(
    _ function: any ExternalFunction, join: any ExternalFunction, leave: any ExternalFunction, axis: Int,
    _ elementType: ElementType
  ) throws(ArrayError) -> Node {
    try require(axis: axis)
    return Node(
      ExternalScan(function: function, join: join, leave: leave, axis: axis), [self], elementType, grid)
  }
}
