/// An array that is computed into memory of the caller.
final class WriteMember: SweepMember {
  let input: Node
  private let output: Tensor

  init(_ node: Node, _ output: Tensor) {
    input = node
    self.output = output
  }

  let reducedAxes: [Int] = []

  func begin(box: [Int], of sweep: Sweep) -> any SweepPart { Part(output) }

  private final class Part: SweepPart {
    private let output: Tensor
    private var place: Tensor

    init(_ output: Tensor) {
      self.output = output
      place = output
    }

    func startTile(_ region: Region) { place = output.selecting(region) }

    var destination: Tensor? { place }

    func take(_ part: Tensor, in worker: Worker) { worker.copy(part, into: place) }
  }
}

/// Takes the blocks of an array one by one, from several threads at once.
public protocol BlockTarget: Sendable {
  /// Takes the block at `region`, whose memory is its own only until this returns.
  func write(_ block: Tensor, at region: Region) throws
}

/// An array of which each block is handed out.
final class StoreMember: SweepMember {
  let input: Node
  private let target: (any BlockTarget)?

  /// - Parameter target: nil where the blocks are made for what making them does.
  init(_ node: Node, _ target: (any BlockTarget)?) {
    input = node
    self.target = target
  }

  let reducedAxes: [Int] = []
  let wantsWholeBlocks = true

  func begin(box: [Int], of sweep: Sweep) -> any SweepPart {
    Part(target, sweep.boxes.region(of: box))
  }

  private final class Part: SweepPart {
    private let target: (any BlockTarget)?
    private let region: Region

    init(_ target: (any BlockTarget)?, _ region: Region) {
      self.target = target
      self.region = region
    }

    func startTile(_ region: Region) {}

    func take(_ part: Tensor, in worker: Worker) throws { try target?.write(part, at: region) }
  }
}
