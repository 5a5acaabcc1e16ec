/// One thread's part in a run: memory that it uses again and again, and the blocks that its task holds on to.
package final class Worker {
  package let run: Run
  /// Whether this is the thread that called for the run, which is the one to ask whether to stop.
  let isCaller: Bool
  /// Memory that was used and is free, by its size.
  private var free: [Int: [TensorStorage]] = [:]
  private var freeBytes = 0
  /// Blocks that all tiles of the running task view.
  private var pinned: [Request: Tensor] = [:]
  /// Units that came along with others in the running task.
  private var offered: [Request: Tensor] = [:]
  /// Whether ``pinned`` takes blocks.
  var pins = false

  init(_ run: Run, isCaller: Bool) {
    self.run = run
    self.isCaller = isCaller
  }

  // MARK: Memory

  /// A new tensor, not set, which ``release(_:)`` takes back.
  package func tensor(_ elementType: ElementType, _ shape: [Int]) -> Tensor {
    if elementType == .object { return Tensor(objects: shape, references: run.objectReferences) }
    let size = Self.sizeClass(shape.reduce(elementType.size, *))
    let storage: TensorStorage
    if let used = free[size]?.popLast() {
      freeBytes -= size
      storage = used
    } else {
      storage = TensorStorage(byteCount: size)
    }
    return Tensor(
      elementType, shape, strides: Tensor.contiguousStrides(shape, elementType.size), offset: 0, storage: storage)
  }

  /// Where to put a result: its destination, or new memory.
  package func output(_ elementType: ElementType, _ shape: [Int], _ destination: Tensor?) -> Tensor {
    destination ?? tensor(elementType, shape)
  }

  /// Sizes at most an eighth apart, so that memory fits the next use.
  private static func sizeClass(_ byteCount: Int) -> Int {
    if byteCount <= 4096 { return 4096 }
    let unit = 1 << (Int.bitWidth - byteCount.leadingZeroBitCount - 4)
    return (byteCount + unit - 1) / unit * unit
  }

  /// Keeps the memory of a tensor for the next one, if nobody else uses it.
  func release(_ tensor: consuming Tensor) {
    var storage = tensor.storage
    // The tensor itself is one user.
    tensor = Self.nothing
    guard storage.isRecyclable, isKnownUniquelyReferenced(&storage) else { return }
    guard freeBytes + storage.byteCount <= run.scratchLimit else { return }
    free[storage.byteCount, default: []].append(storage)
    freeBytes += storage.byteCount
  }

  private static let nothing = Tensor(.bool, [0])

  package func copy(_ source: Tensor, into target: Tensor) {
    if source.isSameMemory(as: target) { return }
    Copy.apply(source, into: target, references: target.elementType == .object ? run.objectReferences : nil)
  }

  /// The same elements in C order.
  package func contiguous(_ tensor: Tensor) -> Tensor {
    if tensor.isContiguous { return tensor }
    let copy = self.tensor(tensor.elementType, tensor.shape)
    self.copy(tensor, into: copy)
    return copy
  }

  // MARK: Parts

  /// How a part comes about in this run: what other stages or tasks have made is there.
  func recipe(_ request: Request) throws -> Recipe {
    let (node, region) = (request.node, request.region)
    if region.count == 0 { return .ready(tensor(node.elementType, region.shape)) }
    if let result = run.results[node] { return .ready(result.selecting(region)) }
    if pins, run.isInvariant(node), let tensor = pinned[request] { return .ready(tensor) }
    guard let units = run.units(of: node) else { return try node.operation.recipe(for: region, of: node) }
    guard units.block(region) != nil else { return Self.split(request, units) }
    if let tensor = pinned[request] { return .ready(tensor) }
    if let tensor = run.cache.block(request) {
      if pins { pinned[request] = tensor }
      return .ready(tensor)
    }
    return try node.operation.recipe(for: region, of: node)
  }

  /// A part that is no unit, as parts of units.
  private static func split(_ request: Request, _ units: ChunkGrid) -> Recipe {
    let blocks = units.blocks(request.region)
    if blocks.allSatisfy({ $0.count == 1 }) {
      let unit = units.region(of: blocks.map(\.lowerBound))
      return .part(Request(request.node, unit), request.region.relative(to: unit))
    }
    var pieces: [(request: Request, box: Region)] = []
    forEachIndex(blocks) { index in
      var part: [Region.Axis] = []
      var box: [Region.Axis] = []
      for (axis, block) in index.enumerated() {
        let (axisPart, place) = Region.intersection(request.region.axes[axis], units.axes[axis][block])
        part.append(axisPart)
        box.append(Region.Axis(place))
      }
      if part.allSatisfy({ $0.count > 0 }) { pieces.append((Request(request.node, Region(part)), Region(box))) }
    }
    return .assemble(BoxAssembly(pieces))
  }

  /// Takes a unit that was not asked for but came along with another.
  func offer(_ request: Request, _ tensor: Tensor) {
    guard run.units(of: request.node) != nil else { return }
    offered[request] = tensor
    keep(request, tensor)
  }

  /// What came along while the program was running, or what other tasks have made meanwhile.
  func existing(_ request: Request) -> Tensor? {
    guard run.hasUnits, run.units(of: request.node) != nil else { return nil }
    return offered.removeValue(forKey: request) ?? run.cache.block(request)
  }

  /// Offers what was just made to the tiles and tasks that come later.
  func keep(_ request: Request, _ tensor: Tensor) {
    if pins, run.isInvariant(request.node) { pinned[request] = tensor }
    guard let units = run.units(of: request.node), units.block(request.region) != nil else { return }
    if pins { pinned[request] = tensor }
    run.cache.keep(request, tensor)
  }

  /// Ends a task: what it has pinned is free.
  func unpin() {
    let tensors = pinned.values.map { $0 }
    pinned.removeAll()
    offered.removeAll()
    for tensor in tensors { release(tensor) }
  }

  /// Makes a part at once; for operations that know only while they run what they need.
  package func evaluate(_ request: Request) throws -> Tensor {
    var builder = ProgramBuilder(self)
    let register = try builder.add(request)
    return try execute(builder.finish(keeping: [register]), result: register)
  }
}

/// Calls `body` with each index in `ranges`, in C order.
func forEachIndex(_ ranges: [Range<Int>], _ body: ([Int]) throws -> Void) rethrows {
  if ranges.contains(where: \.isEmpty) { return }
  var index = ranges.map(\.lowerBound)
  while true {
    try body(index)
    var axis = ranges.count - 1
    while axis >= 0 {
      index[axis] += 1
      if index[axis] < ranges[axis].upperBound { break }
      index[axis] = ranges[axis].lowerBound
      axis -= 1
    }
    if axis < 0 { return }
  }
}

extension Tensor {
  /// Whether both are the same elements of the same memory.
  func isSameMemory(as other: Tensor) -> Bool {
    storage === other.storage && offset == other.offset && shape == other.shape && strides == other.strides
  }
}
