/// One pass over the blocks of a grid, for every result that is made of arrays with that grid.
///
/// A task is a box of neighbouring blocks. It goes through tiles, parts of blocks that fit the cache: each is made once,
/// and every member that wants it takes it while it is there.
final class Sweep {
  /// What the members' arrays are cut into.
  let blocks: ChunkGrid
  let members: [any SweepMember]
  /// Neighbouring blocks that one task does.
  private(set) var boxes: ChunkGrid
  private(set) var tiles: ChunkGrid

  init(_ blocks: ChunkGrid, _ members: [any SweepMember]) {
    self.blocks = blocks
    self.members = members
    boxes = blocks
    tiles = blocks
  }

  var taskCount: Int { boxes.blockCount }

  /// Bytes of a tile: with what is made of it, it stays in the second-level cache.
  private static let tileSize = 256 << 10
  /// Bytes of a block that is cut so that several threads can share it.
  private static let sharedSize = 2 << 20
  /// Tasks that there are at least, if there are blocks enough.
  private static let fewestTasks = 64

  /// Elements along the axes that are kept, and along the last one, below which these are not cut before others are:
  /// what follows one another in memory is read together.
  private static let fewestKept = 256
  private static let shortestRow = 512

  /// Chooses boxes and tiles.
  ///
  /// - Parameters:
  ///   - isTileable: whether everything beneath can be made in small parts.
  ///   - hasUnits: whether something beneath comes in whole blocks only, which tasks do not share.
  ///   - isDeep: whether blocks are cut along axes that are kept first, so that elements which go to one element of a
  ///     result stay together. Else along leading axes, where all elements follow one another.
  func divide(isTileable: Bool, hasUnits: Bool, isDeep: Bool) {
    if let axis = members.compactMap(\.sequentialAxis).first {
      var axes = blocks.axes
      axes[axis] = AxisChunks(whole: axes[axis].extent)
      boxes = ChunkGrid(axes)
      return
    }
    guard members.allSatisfy({ !$0.wantsWholeBlocks }) else { return }
    var parts = blocks
    if isTileable {
      if !hasUnits { parts = cut(blocks, Self.sharedSize, isDeep) }
      tiles = cut(parts, Self.tileSize, isDeep)
    }
    boxes = grouped(parts)
  }

  /// Blocks cut to parts of `byteCount` bytes.
  private func cut(_ grid: ChunkGrid, _ byteCount: Int, _ isDeep: Bool) -> ChunkGrid {
    let size = max(members.map(\.input.elementType.size).max() ?? 1, 1)
    let elements = max(byteCount / size, 1)
    let reduced = commonAxes
    guard isDeep, !reduced.isEmpty else { return grid.split(elements) }
    let depth = reduced.reduce(1) { $0 * grid.axes[$1].largest }
    // What a task knows of elements that are kept stays in the cache, too.
    let most = min(elements, Self.tileSize / size * depth)
    var kept = grid.axes.indices.filter { !reduced.contains($0) }
    guard kept.last == grid.axes.count - 1 else { return grid.split(most, along: kept).split(elements) }
    let last = [kept.removeLast()]
    let deep = grid.split(max(most, Self.fewestKept * depth), along: kept)
    let rows = deep.largestBlock.dropLast().reduce(1, *)
    return deep.split(max(most, Self.shortestRow * rows), along: last).split(elements)
  }

  /// Blocks put together along the axes that all members reduce, where there are very many.
  private func grouped(_ parts: ChunkGrid) -> ChunkGrid {
    let reduced = commonAxes
    var excess = parts.blockCount / Self.fewestTasks
    var axes = parts.axes
    for axis in reduced.sorted(by: >) where excess > 1 {
      let together = min(excess, axes[axis].count)
      axes[axis] = axes[axis].joined(together)
      excess /= together
    }
    return ChunkGrid(axes)
  }

  /// The axes that all members reduce.
  private var commonAxes: Set<Int> {
    guard let first = members.first else { return [] }
    return members.dropFirst().reduce(Set(first.reducedAxes)) { $0.intersection($1.reducedAxes) }
  }

  /// The box of a task. Along axes that are reduced tasks follow one another, so that one part of a result is complete
  /// before the next is begun.
  private func box(_ task: Int) -> [Int] {
    let inner = commonAxes
    let order = boxes.axes.indices.filter { !inner.contains($0) } + inner.sorted()
    var index = boxes.axes.map { _ in 0 }
    var rest = task
    for axis in order.reversed() {
      index[axis] = rest % boxes.axes[axis].count
      rest /= boxes.axes[axis].count
    }
    return index
  }

  /// Does one task.
  func perform(_ task: Int, in worker: Worker) throws {
    let box = box(task)
    let boxRegion = boxes.region(of: box)
    let parts = members.map { $0.begin(box: box, of: self) }
    try forEachIndex(boxRegion.count == 0 ? [0..<0] : blocks.blocks(boxRegion)) { block in
      // A box may also be a part of a block.
      let region = blocks.region(of: block).clipped(to: boxRegion)
      if region.count == 0 { return }
      let tileRanges = tiles.blocks(region)
      worker.pins = tileRanges.contains { $0.count > 1 }
      try forEachIndex(tileRanges) { try perform(tiles.region(of: $0), parts, worker) }
      worker.unpin()
    }
    for part in parts { try part.finish(in: worker) }
  }

  private func perform(_ tile: Region, _ parts: [any SweepPart], _ worker: Worker) throws {
    var builder = ProgramBuilder(worker)
    for (member, part) in zip(members, parts) {
      part.startTile(tile)
      try builder.add(Request(member.input, tile), into: part.destination, consumer: part)
    }
    try worker.execute(builder.finish())
  }
}

/// A result that a sweep makes.
protocol SweepMember: AnyObject {
  /// What it wants all tiles of.
  var input: Node { get }

  /// The axes of the blocks that the result lacks.
  var reducedAxes: [Int] { get }

  /// Whether it takes blocks at once only.
  var wantsWholeBlocks: Bool { get }

  /// The axis along which a task does all blocks, in order.
  var sequentialAxis: Int? { get }

  /// Begins a task, for the box of that index.
  func begin(box: [Int], of sweep: Sweep) -> any SweepPart
}

extension SweepMember {
  var wantsWholeBlocks: Bool { false }
  var sequentialAxis: Int? { nil }
}

/// What one task does for a member.
protocol SweepPart: Consumer {
  func startTile(_ region: Region)

  /// Where the tile is wanted, if it need not be elsewhere first.
  var destination: Tensor? { get }

  func finish(in worker: Worker) throws
}

extension SweepPart {
  var destination: Tensor? { nil }
  func finish(in worker: Worker) throws {}
}
