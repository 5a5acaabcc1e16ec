import Synchronization

/// What each block of a scan needs of the blocks before it.
final class ScanCarries: Sendable {
  private let node: Node
  private let axis: Int
  private let carries = Mutex<[[Int]: Tensor]>([:])

  init(_ node: Node, _ scan: any Carrying) {
    self.node = node
    axis = scan.axis
  }

  /// Nil before the first block.
  func carry(before region: Region) -> Tensor? {
    guard let block = node.grid.block(region), block[axis] > 0 else { return nil }
    return carries.withLock { $0[block] }
  }

  /// Sets what the blocks before `block` leave.
  func set(_ carry: Tensor, before block: [Int]) { carries.withLock { $0[block] = carry } }
}

/// The first pass of a scan: through all blocks along the axis in order, for what each leaves to the next one.
final class CarryMember: SweepMember {
  private let node: Node
  private let scan: any Carrying
  private let carries: ScanCarries

  init(_ node: Node, _ scan: any Carrying, _ carries: ScanCarries) {
    self.node = node
    self.scan = scan
    self.carries = carries
  }

  let reducedAxes: [Int] = []
  var sequentialAxis: Int? { scan.axis }

  func request(_ region: Region) -> Request { Request(node.inputs[0], region) }

  func begin(box: [Int], of sweep: Sweep) -> any SweepPart { Part(self) }

  private final class Part: SweepPart {
    private let member: CarryMember
    private var carry: Tensor?
    private var region = Region(all: [])

    init(_ member: CarryMember) { self.member = member }

    func startTile(_ region: Region) { self.region = region }

    func take(_ part: Tensor, in worker: Worker) throws {
      let (node, axis) = (member.node, member.scan.axis)
      guard var block = node.grid.block(region), block[axis] + 1 < node.grid.axes[axis].count else { return }
      worker.release(try member.scan.scan(part, carry: &carry, of: node, in: worker, into: nil))
      guard let carry else { return }
      block[axis] += 1
      member.carries.set(carry.copied(in: worker), before: block)
    }
  }
}

extension Tensor {
  /// The same elements in memory of their own.
  func copied(in worker: Worker) -> Tensor {
    let copy = elementType == .object ? worker.tensor(elementType, shape) : Tensor(elementType, shape)
    worker.copy(self, into: copy)
    return copy
  }
}
