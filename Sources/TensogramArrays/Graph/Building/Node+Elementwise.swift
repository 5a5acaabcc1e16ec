extension Node {
  /// Elements in memory, which is not copied.
  package static func memory(_ tensor: Tensor, _ grid: ChunkGrid? = nil) throws(ArrayError) -> Node {
    let grid = grid ?? ChunkGrid(whole: tensor.shape)
    try require(grid, for: tensor.shape)
    return Node(Memory(tensor: tensor), [], tensor.elementType, grid)
  }

  /// One element, a tensor without axes, everywhere.
  package static func full(_ element: Tensor, _ grid: ChunkGrid) -> Node {
    precondition(element.shape.isEmpty)
    return Node(Full(element: element), [], element.elementType, grid)
  }

  /// `start`, `start + step` and so on; as integers where these are given.
  package static func progression(
    start: Double, step: Double, integers: (start: Int, step: Int)?, _ elementType: ElementType, _ chunks: AxisChunks
  ) throws(ArrayError) -> Node {
    guard Cast.supports(from: integers == nil ? .float64 : .int64, to: elementType) else {
      throw ArrayError("arange makes no elements of \(elementType)")
    }
    return Node(
      Progression(start: start, step: step, integers: integers), [], elementType, ChunkGrid([chunks]))
  }

  /// A native operation on inputs of one type, which broadcast.
  package static func elementwise(
    _ operation: ElementwiseOperation, _ inputs: [Node], _ elementType: ElementType
  ) throws(ArrayError) -> Node {
    guard inputs.count == operation.inputCount, let last = inputs.last else {
      throw ArrayError("\(operation.rawValue) takes \(operation.inputCount) arrays, not \(inputs.count)")
    }
    for (index, input) in inputs.enumerated() {
      let expected = operation == .where && index == 0 ? .bool : last.elementType
      guard input.elementType == expected else {
        throw ArrayError("\(operation.rawValue) of \(inputs.map(\.elementType)) needs inputs of one type")
      }
    }
    guard let natural = operation.resultType(last.elementType) else {
      throw ArrayError("there is no native \(operation.rawValue) of \(last.elementType)")
    }
    let shape = try broadcastShape(operation.rawValue, inputs.map(\.shape))
    if let order = commonPermutation(inputs) {
      // So that what comes next finds elements as they lie.
      return try elementwise(operation, inputs.map { $0.turnedBack(from: order) }, elementType).permuted(order)
    }
    let grid = ChunkGrid.unified(inputs.map(\.grid), shape: shape)
    let node = Node(Elementwise(operation: operation), inputs, natural, grid)
    return natural == elementType ? node : try node.converted(to: elementType)
  }

  /// The order of axes that all inputs of one shape are turned to, but for constants; nil where there is none.
  private static func commonPermutation(_ inputs: [Node]) -> [Int]? {
    let varying = inputs.filter { !($0.operation is Full) }
    guard let first = varying.first, let order = first.permutation else { return nil }
    let isCommon = varying.allSatisfy { $0.permutation == order }
    return isCommon && inputs.allSatisfy { $0.shape.isEmpty || $0.shape == first.shape } ? order : nil
  }

  /// This array, which is turned to an order of axes or a constant, as it was before.
  private func turnedBack(from order: [Int]) -> Node {
    guard let constant = operation as? Full else { return inputs[0] }
    if shape.isEmpty { return self }
    var axes = grid.axes
    for (own, axis) in order.enumerated() { axes[axis] = grid.axes[own] }
    return .full(constant.element, ChunkGrid(axes))
  }

  /// A function of the caller on inputs that broadcast.
  package static func elementwise(
    _ function: any ExternalFunction, _ inputs: [Node], _ elementType: ElementType
  ) throws(ArrayError) -> Node {
    let shape = try broadcastShape(function.name, inputs.map(\.shape))
    return Node(
      ExternalElementwise(function: function), inputs, elementType,
      ChunkGrid.unified(inputs.map(\.grid), shape: shape))
  }

  package func converted(to elementType: ElementType) throws(ArrayError) -> Node {
    if elementType == self.elementType { return self }
    guard Cast.supports(from: self.elementType, to: elementType) else {
      throw ArrayError("there is no native conversion of \(self.elementType) to \(elementType)")
    }
    return Node(Conversion(), [self], elementType, grid)
  }

  /// The shape that all broadcast to.
  package static func broadcastShape(_ name: String, _ shapes: [[Int]]) throws(ArrayError) -> [Int] {
    var result = [Int](repeating: 1, count: shapes.map(\.count).max() ?? 0)
    for shape in shapes {
      for (axis, length) in shape.enumerated() where length != 1 {
        let place = axis + result.count - shape.count
        guard result[place] == 1 || result[place] == length else {
          throw ArrayError(
            "\(name): shapes " + shapes.map { "\($0)" }.joined(separator: " and ") + " do not broadcast")
        }
        result[place] = length
      }
    }
    return result
  }

  static func require(_ grid: ChunkGrid, for shape: [Int]) throws(ArrayError) {
    guard grid.shape == shape else {
      throw ArrayError("chunks of an array of shape \(grid.shape) do not fit shape \(shape)")
    }
  }

  func require(axis: Int) throws(ArrayError) {
    guard shape.indices.contains(axis) else {
      throw ArrayError("axis \(axis) is out of range for an array with \(shape.count) axes")
    }
  }

  /// Checks axes, which are to be distinct, and returns them in rising order.
  func require(axes: [Int]) throws(ArrayError) -> [Int] {
    for axis in axes { try require(axis: axis) }
    let sorted = axes.sorted()
    for (axis, next) in zip(sorted, sorted.dropFirst()) where axis == next {
      throw ArrayError("axis \(axis) is named twice")
    }
    return sorted
  }
}
