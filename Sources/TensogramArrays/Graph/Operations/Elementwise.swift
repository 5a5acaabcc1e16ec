/// A native operation from elements to elements; inputs broadcast.
struct Elementwise: Operation {
  let operation: ElementwiseOperation

  var name: String { operation.rawValue }

  func recipe(for region: Region, of node: Node) -> Recipe { .evaluate(Self.requests(region, node)) }

  func evaluate(
    _ region: Region, of node: Node, from inputs: [Tensor], in worker: Worker, into destination: Tensor?
  ) -> Tensor {
    let output = worker.output(node.elementType, region.shape, destination)
    let operands = inputs.map { $0.broadcast(to: region.shape) }
    let loop = inputs.last.flatMap { worker.run.options.functionLoops?.loop(of: operation, $0.elementType) }
    operation.apply(operands, into: output, by: loop)
    return output
  }

  /// The parts of inputs, aligned by trailing axes, that a part of the result needs.
  static func requests(_ region: Region, _ node: Node) -> [Request] {
    node.inputs.map { Request($0, broadcastRegion(region, to: $0.shape)) }
  }

  /// The part of an operand of `shape` that is repeated to `region` of the result.
  static func broadcastRegion(_ region: Region, to shape: [Int]) -> Region {
    let missing = region.axes.count - shape.count
    return Region(
      shape.indices.map { axis in
        let wanted = region.axes[axis + missing]
        // An axis of length 1 repeats; where the result has length 1 too it is the same.
        return shape[axis] == 1 ? Region.Axis(start: 0, count: min(wanted.count, 1)) : wanted
      })
  }
}

/// A conversion of elements.
struct Conversion: Operation {
  let name = "cast"

  func recipe(for region: Region, of node: Node) -> Recipe {
    let request = Request(node.inputs[0], region)
    return node.elementType == node.inputs[0].elementType ? .same(request) : .evaluate([request])
  }

  func evaluate(
    _ region: Region, of node: Node, from inputs: [Tensor], in worker: Worker, into destination: Tensor?
  ) -> Tensor {
    let output = worker.output(node.elementType, region.shape, destination)
    Cast.apply(inputs[0], into: output)
    return output
  }
}

/// A function of the caller on tensors; called from any thread.
package protocol ExternalFunction: Sendable {
  /// For people.
  var name: String { get }

  /// - Parameters:
  ///   - inputs: only valid, and not to be changed, until this returns.
  ///   - block: the block of the result that is being made, where the function works by blocks.
  ///   - shapes: of the results.
  func callAsFunction(_ inputs: [Tensor], block: [Int]?, shapes: [[Int]], types: [ElementType]) throws -> [Tensor]
}

/// A function of the caller from elements to elements; inputs broadcast.
struct ExternalElementwise: Operation {
  let function: any ExternalFunction

  var name: String { function.name }
  // A call costs more than a tile.
  let isTileable = false

  func recipe(for region: Region, of node: Node) -> Recipe { .evaluate(Elementwise.requests(region, node)) }

  func evaluate(
    _ region: Region, of node: Node, from inputs: [Tensor], in worker: Worker, into destination: Tensor?
  ) throws -> Tensor {
    try function(inputs, block: nil, shapes: [region.shape], types: [node.elementType])[0]
  }
}
