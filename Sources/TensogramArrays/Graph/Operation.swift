/// What a node does, seen from a part of its result: what that needs of the inputs, and how it is made of those.
package protocol Operation: Sendable {
  /// For people: `add`, `mean`, `concat`.
  var name: String { get }

  /// Whether a block made in many small parts costs no more than made at once.
  var isTileable: Bool { get }

  /// How `region` of the result comes about. Called with whole blocks only where ``units(of:)`` says so.
  func recipe(for region: Region, of node: Node) throws -> Recipe

  /// The parts that the result can be made in, where it cannot be made in any; nil where it can.
  func units(of node: Node) -> ChunkGrid?

  /// Makes `region` of the parts of inputs that a recipe of the form ``Recipe/evaluate(_:)`` asked for.
  ///
  /// The result may be a view of an input, lie in `destination` if that is given, or in new memory from `worker`.
  func evaluate(
    _ region: Region, of node: Node, from inputs: [Tensor], in worker: Worker, into destination: Tensor?
  ) throws -> Tensor
}

extension Operation {
  package var isTileable: Bool { true }
  package func units(of node: Node) -> ChunkGrid? { nil }

  package func evaluate(
    _ region: Region, of node: Node, from inputs: [Tensor], in worker: Worker, into destination: Tensor?
  ) throws -> Tensor {
    preconditionFailure("\(name) has no recipe that evaluates")
  }
}

/// A part of what a node results in.
package struct Request: Hashable, Sendable {
  package var node: Node
  package var region: Region

  package init(_ node: Node, _ region: Region) {
    self.node = node
    self.region = region
  }
}

/// How a part of a result comes about.
package enum Recipe {
  /// It is there.
  case ready(Tensor)
  /// It is exactly this.
  case same(Request)
  /// Its axis `i` is axis `axes[i]` of this, repeated where that has length 1; nil where there is no such axis.
  case view(Request, axes: [Int?])
  /// It is a part of this.
  case part(Request, Region)
  /// The operation makes it of these.
  case evaluate([Request])
  /// It is put together piece by piece, so that not all pieces are in memory at once.
  case assemble(any Assembly)
}

/// A result in the making.
package protocol Assembly: AnyObject {
  /// The pieces, in the order they are added.
  var pieces: [Request] { get }

  /// Where piece number `index` of `output` goes as it is, where nothing else touches that place.
  func place(of index: Int, in output: Tensor) -> Tensor?

  /// Takes piece number `index`, unless it was made in its place already.
  func add(_ index: Int, _ piece: Tensor, to output: Tensor, in worker: Worker) throws

  /// Completes `output` when all pieces are added.
  func finish(_ output: Tensor, in worker: Worker) throws
}

extension Assembly {
  package func place(of index: Int, in output: Tensor) -> Tensor? { nil }
  package func finish(_ output: Tensor, in worker: Worker) throws {}
}

/// Pieces that are boxes of the result, in any order.
final class BoxAssembly: Assembly {
  let pieces: [Request]
  private let boxes: [Region]
  /// Whether later pieces overwrite earlier ones.
  private let overlap: Bool

  init(_ pieces: [(request: Request, box: Region)], overlap: Bool = false) {
    self.pieces = pieces.map(\.request)
    boxes = pieces.map(\.box)
    self.overlap = overlap
  }

  func place(of index: Int, in output: Tensor) -> Tensor? { overlap ? nil : output.selecting(boxes[index]) }

  func add(_ index: Int, _ piece: Tensor, to output: Tensor, in worker: Worker) {
    let place = output.selecting(boxes[index])
    worker.copy(piece.broadcast(to: place.shape), into: place)
  }
}
