import Synchronization

/// A function of the caller on blocks.
struct BlockMap: Operation {
  let call: BlockCall
  /// Which of the function's results this is.
  let output: Int

  var name: String { call.function.name }
  let isTileable = false

  func units(of node: Node) -> ChunkGrid? { node.grid }

  func recipe(for region: Region, of node: Node) -> Recipe {
    guard let block = node.grid.block(region) else { preconditionFailure("blocks are made as a whole") }
    return .evaluate(
      zip(node.inputs, call.inputAxes).map { input, axes in
        Request(input, call.inputRegion(input, axes, block: block))
      })
  }

  func evaluate(
    _ region: Region, of node: Node, from inputs: [Tensor], in worker: Worker, into destination: Tensor?
  ) throws -> Tensor {
    guard let block = node.grid.block(region) else { preconditionFailure("blocks are made as a whole") }
    let regions = call.outputs.map { $0.grid.region(of: block) }
    let results = try call.function(
      inputs, block: call.passesBlock ? block : nil, shapes: regions.map(\.shape), types: call.outputs.map(\.type))
    for (index, result) in results.enumerated() where index != output {
      if let sibling = call.node(index) { worker.offer(Request(sibling, regions[index]), result) }
    }
    return results[output]
  }
}

/// What the results of one function on blocks share.
final class BlockCall: Sendable {
  let function: any ExternalFunction
  /// For each input, the axis of the result that each of its axes goes along; nil where the function takes it whole.
  let inputAxes: [[Int?]]
  /// How the inputs are cut along each axis of the result; nil where no input goes along it.
  let loops: [AxisChunks?]
  let outputs: [(type: ElementType, grid: ChunkGrid)]
  let passesBlock: Bool
  private let nodes: Mutex<[WeakNode]>

  private struct WeakNode {
    weak var node: Node?
  }

  init(
    _ function: any ExternalFunction, inputAxes: [[Int?]], loops: [AxisChunks?],
    outputs: [(type: ElementType, grid: ChunkGrid)], passesBlock: Bool
  ) {
    self.function = function
    self.inputAxes = inputAxes
    self.loops = loops
    self.outputs = outputs
    self.passesBlock = passesBlock
    nodes = Mutex([])
  }

  /// The results, each of which may go before the others.
  func makeNodes(_ inputs: [Node]) -> [Node] {
    let nodes = outputs.indices.map {
      Node(BlockMap(call: self, output: $0), inputs, outputs[$0].type, outputs[$0].grid)
    }
    if nodes.count > 1 { self.nodes.withLock { $0 = nodes.map { WeakNode(node: $0) } } }
    return nodes
  }

  func node(_ output: Int) -> Node? {
    nodes.withLock { $0.indices.contains(output) ? $0[output].node : nil }
  }

  /// What a block of the result needs of an input.
  func inputRegion(_ input: Node, _ axes: [Int?], block: [Int]) -> Region {
    Region(
      axes.enumerated().map { axis, own -> Range<Int> in
        guard let own, let loop = loops[own], loop.extent == input.shape[axis] else { return 0..<input.shape[axis] }
        return loop[block[own]]
      })
  }
}
