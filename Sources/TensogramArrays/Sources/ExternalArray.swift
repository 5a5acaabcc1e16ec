/// Reads parts of an array that only the caller knows; called from any thread.
package protocol ExternalReader: Sendable {
  /// For people.
  var name: String { get }

  /// The elements of a part, which has steps other than 1 only where the source was said to support them.
  func read(_ region: Region, shape: [Int], type: ElementType) throws -> Tensor
}

/// An array that the caller reads.
struct ExternalArray: Operation {
  let reader: any ExternalReader
  /// Whether parts may have steps.
  let isStrided: Bool

  var name: String { reader.name }
  // A call costs more than a tile.
  let isTileable = false

  func recipe(for region: Region, of node: Node) -> Recipe { .evaluate([]) }

  func evaluate(
    _ region: Region, of node: Node, from inputs: [Tensor], in worker: Worker, into destination: Tensor?
  ) throws -> Tensor {
    let part = isStrided ? region : region.cover
    let tensor = try reader.read(part, shape: part.shape, type: node.elementType)
    return isStrided ? tensor : tensor.selecting(region.relative(to: part))
  }
}

extension Node {
  package static func external(
    _ reader: any ExternalReader, _ elementType: ElementType, _ grid: ChunkGrid, isStrided: Bool
  ) -> Node {
    Node(ExternalArray(reader: reader, isStrided: isStrided), [], elementType, grid)
  }
}
