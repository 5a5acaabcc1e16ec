/// An operation along an axis in which a block needs what the blocks before it leave.
protocol Carrying: Operation {
  var axis: Int { get }

  /// Makes the results of `input`, of a block or the like, and replaces `carry` by what it leaves to the next one.
  func scan(
    _ input: Tensor, carry: inout Tensor?, of node: Node, in worker: Worker, into destination: Tensor?
  ) throws -> Tensor
}

extension Carrying {
  // What a block needs is known for whole blocks.
  func units(of node: Node) -> ChunkGrid? { node.grid }

  func recipe(for region: Region, of node: Node) -> Recipe { .evaluate([Request(node.inputs[0], region)]) }

  func evaluate(
    _ region: Region, of node: Node, from inputs: [Tensor], in worker: Worker, into destination: Tensor?
  ) throws -> Tensor {
    var carry = worker.run.carries[node]?.carry(before: region)?.copied(in: worker)
    return try scan(inputs[0], carry: &carry, of: node, in: worker, into: destination)
  }
}

/// A scan by functions of the caller.
struct ExternalScan: Carrying {
  /// Scans a block by itself.
  let function: any ExternalFunction
  /// Joins what came before with a scanned block, or with what another block leaves.
  let join: any ExternalFunction
  /// What a block leaves, of length 1 along the axis.
  let leave: any ExternalFunction
  let axis: Int

  var name: String { function.name }
  let isTileable = false

  func scan(
    _ input: Tensor, carry: inout Tensor?, of node: Node, in worker: Worker, into destination: Tensor?
  ) throws -> Tensor {
    var short = input.shape
    short[axis] = 1
    func call(_ function: any ExternalFunction, _ inputs: [Tensor], _ shape: [Int]) throws -> Tensor {
      try function(inputs, block: nil, shapes: [shape], types: [node.elementType])[0]
    }
    let own = try call(function, [input], input.shape)
    let left = try call(leave, [input], short)
    guard let before = carry else {
      carry = left
      return own
    }
    carry = try call(join, [before, left], short)
    return try call(join, [before, own], input.shape)
  }
}
