import Synchronization

/// What each block of a scan needs of the blocks before it.
final class ScanCarries: @unchecked Sendable {
  private let lock = Mutex(())
  // Guarded by `lock`; what is in it is only copied.
  // By where the block starts.
  private var carries: [[Int]: any ScanCarry] = [:]

  /// A copy; nil before the first block.
  func carry(before region: Region) -> (any ScanCarry)? {
    let carry = lock.withLock { _ in unsafe UncheckedBox(carries[region.axes.map(\.start)]) }
    return unsafe carry.value?.copy()
  }

  /// Sets what is left to the block that starts at `start`; nobody changes it any more.
  func set(_ carry: any ScanCarry, before start: [Int]) {
    let box = unsafe UncheckedBox(carry)
    lock.withLock { _ in carries[start] = unsafe box.value }
  }
}

/// Hands a value from one thread to another, where something else sees to it that only one uses it at a time.
@unsafe struct UncheckedBox<Value>: @unchecked Sendable {
  let value: Value

  init(_ value: Value) { unsafe self.value = value }
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

  var input: Node { node.inputs[0] }

  func begin(box: [Int], of sweep: Sweep) -> any SweepPart { Part(self) }

  private final class Part: SweepPart {
    private let member: CarryMember
    private var carry: (any ScanCarry)?
    private var region = Region(all: [])

    init(_ member: CarryMember) { self.member = member }

    func startTile(_ region: Region) { self.region = region }

    func take(_ part: Tensor, in worker: Worker) throws {
      let (node, axis) = (member.node, member.scan.axis)
      var next = region.axes.map(\.start)
      next[axis] += region.axes[axis].count
      if next[axis] == node.shape[axis] { return }
      let carry = carry ?? member.scan.carry(of: node, region.shape)
      worker.release(try carry.scan(part, of: node, in: worker, into: nil))
      self.carry = carry
      member.carries.set(carry.copy(), before: next)
    }
  }
}
