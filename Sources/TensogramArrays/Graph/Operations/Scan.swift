/// An operation along an axis in which a block needs what the blocks before it leave.
protocol Carrying: Operation {
  var axis: Int { get }

  /// What there is before the first block, for a part of the input of `shape`.
  func carry(of node: Node, _ shape: [Int]) -> any ScanCarry
}

/// What the blocks before one leave to it.
protocol ScanCarry: AnyObject {
  /// The results of the next block; becomes what that leaves to the next one.
  func scan(_ input: Tensor, of node: Node, in worker: Worker, into destination: Tensor?) throws -> Tensor

  func copy() -> any ScanCarry
}

extension Carrying {
  // What a block needs is known for whole blocks.
  func units(of node: Node) -> ChunkGrid? { node.grid }

  func recipe(for region: Region, of node: Node) -> Recipe { .evaluate([Request(node.inputs[0], region)]) }

  func evaluate(
    _ region: Region, of node: Node, from inputs: [Tensor], in worker: Worker, into destination: Tensor?
  ) throws -> Tensor {
    let carry = worker.run.carries[node]?.carry(before: region) ?? carry(of: node, region.shape)
    return try carry.scan(inputs[0], of: node, in: worker, into: destination)
  }
}

/// A native scan.
struct Scan: Carrying {
  let operation: ScanOperation
  let axis: Int
  /// How many missing values in a row are filled, where that is what the scan does.
  let limit: Int?

  var name: String { operation.rawValue }

  func carry(of node: Node, _ shape: [Int]) -> any ScanCarry {
    var shape = shape
    shape.remove(at: axis)
    return Carry(
      axis, operation.makeState(input: node.inputs[0].elementType, shape: shape, limit: limit))
  }

  private final class Carry: ScanCarry {
    private let axis: Int
    private let state: ScanState

    init(_ axis: Int, _ state: ScanState) {
      self.axis = axis
      self.state = state
    }

    func scan(_ input: Tensor, of node: Node, in worker: Worker, into destination: Tensor?) -> Tensor {
      let output = worker.output(node.elementType, input.shape, destination)
      state.apply(input, axis: axis, into: output)
      return output
    }

    func copy() -> any ScanCarry { Carry(axis, state.copy()) }
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

  func carry(of node: Node, _ shape: [Int]) -> any ScanCarry { Carry(self, nil) }

  private final class Carry: ScanCarry {
    private let scan: ExternalScan
    private var before: Tensor?

    init(_ scan: ExternalScan, _ before: Tensor?) {
      self.scan = scan
      self.before = before
    }

    func scan(_ input: Tensor, of node: Node, in worker: Worker, into destination: Tensor?) throws -> Tensor {
      var short = input.shape
      short[scan.axis] = 1
      func call(_ function: any ExternalFunction, _ inputs: [Tensor], _ shape: [Int]) throws -> Tensor {
        try function(inputs, block: nil, shapes: [shape], types: [node.elementType])[0]
      }
      let own = try call(scan.function, [input], input.shape)
      let left = try call(scan.leave, [input], short)
      guard let before else {
        self.before = left
        return own
      }
      self.before = try call(scan.join, [before, left], short)
      return try call(scan.join, [before, own], input.shape)
    }

    func copy() -> any ScanCarry { Carry(scan, before) }
  }
}
