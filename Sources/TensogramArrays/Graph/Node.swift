/// One operation of an expression: what it is, on what, and shape, type and grid of its result. Immutable.
///
/// Nothing of a node lists blocks, so that making one costs the same whatever the size of the array.
package final class Node: @unchecked Sendable {
  package let operation: any Operation
  /// Written only while the node goes, see `deinit`.
  package private(set) var inputs: [Node]
  package let elementType: ElementType
  package let grid: ChunkGrid
  package let shape: [Int]

  init(_ operation: any Operation, _ inputs: [Node] = [], _ elementType: ElementType, _ grid: ChunkGrid) {
    self.operation = operation
    self.inputs = inputs
    self.elementType = elementType
    self.grid = grid
    shape = grid.shape
  }

  /// Lets go of inputs one by one, where the compiler's own way would recurse as deep as the expression is.
  deinit {
    var doomed = inputs
    inputs = []
    while var node = doomed.popLast() {
      guard isKnownUniquelyReferenced(&node) else { continue }
      doomed += node.inputs
      node.inputs = []
    }
  }

  package var count: Int { shape.reduce(1, *) }

  /// The bytes of a part of the result.
  func byteCount(_ region: Region) -> Int { region.count * elementType.size }

  /// The nodes beneath `roots` and these themselves, inputs before what uses them.
  package static func sorted(_ roots: [Node]) -> [Node] {
    var order: [Node] = []
    var entered: Set<Node> = []
    // How many inputs of each node on the way down have been looked at.
    var stack: [(node: Node, looked: Int)] = []
    for root in roots where entered.insert(root).inserted {
      stack.append((root, 0))
      while let (node, looked) = stack.last {
        if looked < node.inputs.count {
          stack[stack.count - 1].looked += 1
          let input = node.inputs[looked]
          if entered.insert(input).inserted { stack.append((input, 0)) }
        } else {
          order.append(node)
          stack.removeLast()
        }
      }
    }
    return order
  }
}

extension Node: Hashable {
  package static func == (first: Node, second: Node) -> Bool { first === second }
  package func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}
