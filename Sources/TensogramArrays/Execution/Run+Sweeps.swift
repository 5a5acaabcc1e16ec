extension Run {
  /// Finds out which nodes are made in units of their own, and which of those are worth keeping for other tasks.
  convenience init(_ options: ComputeOptions, order: [Node]) {
    var users: [Node: Int] = [:]
    for node in order { for input in Set(node.inputs) { users[input, default: 0] += 1 } }
    var units: [Node: ChunkGrid] = [:]
    var shared: [Node] = []
    for node in order {
      let isShared = users[node] ?? 0 > 1
      if let grid = node.operation.units(of: node) {
        units[node] = grid
      } else if isShared, !node.operation.isTileable, node.inputs.isEmpty {
        // A source that costs a call for each read, and that several read.
        units[node] = node.grid
      }
      if isShared, units[node] != nil, node.byteCount(Region(all: node.shape)) <= options.cacheLimit {
        shared.append(node)
      }
    }
    self.init(options, units: units)
    for node in shared { cache.share(node) }
  }

  /// Makes a result available to later stages.
  func keep(_ result: Tensor, of node: Node) { results[node] = result }

  /// Does all tasks of a stage.
  func perform(_ sweeps: [Sweep], _ caller: Worker) throws {
    var size = 0
    var seen: Set<Node> = []
    for sweep in sweeps {
      let survey = try Survey(sweep, self, caller)
      for node in survey.units where !seen.insert(node).inserted { cache.share(node) }
      size = max(size, survey.byteCount)
      if size > options.memoryLimit { options.warn?(survey.warning(options.memoryLimit)) }
    }
    let tasks = Self.ordered(sweeps)
    taskTotal += tasks.count
    let threads = min(threads, max(options.memoryLimit / max(size, 1), 1))
    let queue = TaskQueue(count: tasks.count, threads: threads, run: self) { number, worker in
      try sweeps[tasks[number].sweep].perform(tasks[number].task, in: worker)
    }
    try queue.work(threads: threads, caller: caller)
  }

  /// All tasks, those of several sweeps side by side, so that sources which they share are gone through together.
  private static func ordered(_ sweeps: [Sweep]) -> [(sweep: Int, task: Int)] {
    var tasks: [(sweep: Int, task: Int, position: Double)] = []
    for (number, sweep) in sweeps.enumerated() {
      let count = sweep.taskCount
      for task in 0..<count { tasks.append((number, task, Double(task) / Double(count))) }
    }
    if sweeps.count > 1 { tasks.sort { ($0.position, $0.sweep) < ($1.position, $1.sweep) } }
    return tasks.map { ($0.sweep, $0.task) }
  }
}

/// What a sweep is like, from writing the programs of its largest block and of two of its tiles.
private struct Survey {
  /// That a task holds at a time.
  private(set) var byteCount = 0
  /// The nodes that are made in units.
  private(set) var units: Set<Node> = []
  private var largest: (request: Request, byteCount: Int)?

  /// Divides the sweep, and tells the run what it has learnt.
  init(_ sweep: Sweep, _ run: Run, _ caller: Worker) throws {
    let block = sweep.blocks.region(
      of: sweep.blocks.axes.map { axis in (0..<axis.count).max { axis[$0].count < axis[$1].count } ?? 0 })
    let whole = try sweep.program(block, caller)
    var isTileable = true
    for request in whole.made where run.units(of: request.node) == nil && !request.node.operation.isTileable {
      // Cut as what is wanted is: made as a whole, and looked at by tiles.
      if request.node.grid.block(request.region) != nil {
        run.makeByBlocks(request.node)
      } else {
        isTileable = false
      }
    }
    units = Set(whole.made.lazy.map(\.node).filter { run.units(of: $0) != nil })
    // The rest of a unit of which a part is wanted is what other tasks will want.
    for node in whole.partlyUsed where run.units(of: node) != nil { run.cache.share(node) }
    var tiles: [Program] = []
    for isDeep in [true, false] {
      sweep.divide(isTileable: isTileable, hasUnits: !units.isEmpty, isDeep: isDeep)
      let regions = sweep.tiles.regions(in: block, atMost: 2)
      if regions.count < 2 { break }
      tiles = try regions.map { try sweep.program($0, caller) }
      // Deep tiles of what is reshaped or taken, say, may need far more than their share of what is beneath.
      if work(tiles[0], run, for: regions[0]) <= 1.5 * work(whole, run, for: block) { break }
    }
    if let first = tiles.first, let second = tiles.last {
      let common = Set(first.made).intersection(second.made)
      for request in common where run.units(of: request.node) == nil { run.makeOnce(request.node) }
      if units.isEmpty {
        note(first)
        return
      }
    }
    note(whole)
  }

  /// The elements that a program makes for each of a region, but units, which are made once for all tiles.
  private func work(_ program: Program, _ run: Run, for region: Region) -> Double {
    let made = program.made.lazy.filter { run.units(of: $0.node)?.block($0.region) == nil }
    return Double(made.reduce(0) { $0 + $1.region.count }) / Double(max(region.count, 1))
  }

  private mutating func note(_ program: Program) {
    byteCount = program.mostBytes
    largest = program.made.map { ($0, $0.node.byteCount($0.region)) }.max { $0.1 < $1.1 }
  }

  func warning(_ limit: Int) -> String {
    guard let (request, size) = largest else { return "a task needs \(byteCount) bytes of \(limit) allowed" }
    return
      "a task needs \(byteCount) bytes, more than the \(limit) that are allowed, and runs alone: "
      + "\(request.node.operation.name) makes \(size) bytes at once, of shape \(request.region.shape)"
  }
}

extension Sweep {
  fileprivate func program(_ region: Region, _ worker: Worker) throws -> Program {
    var builder = ProgramBuilder(worker)
    var kept: [Int] = []
    for member in members { kept.append(try builder.add(Request(member.input, region))) }
    return builder.finish(keeping: kept)
  }
}

extension Program {
  /// The parts that it makes, rather than looks at.
  fileprivate var made: [Request] {
    instructions.compactMap { instruction, _ in
      switch instruction {
      case .evaluate(let request, _, _), .finish(_, let request, _): request
      default: nil
      }
    }
  }

  /// The nodes that it makes more of than it uses.
  fileprivate var partlyUsed: [Node] {
    var nodes: [Int: Node] = [:]
    var used: [Node] = []
    for (instruction, result) in instructions {
      if case .evaluate(let request, _, _) = instruction, let result { nodes[result] = request.node }
      if case .part(let source, _) = instruction, let node = nodes[source] { used.append(node) }
    }
    return used
  }

  /// The most bytes that the registers hold at a time.
  var mostBytes: Int {
    var sizes = [Int](repeating: 0, count: registerCount)
    var (now, most) = (0, 0)
    for (position, (instruction, result)) in instructions.enumerated() {
      if let result {
        switch instruction {
        case .evaluate(let request, _, nil), .begin(_, let request, nil):
          sizes[result] = request.node.byteCount(request.region)
        default: break
        }
        now += sizes[result]
      }
      most = max(most, now)
      for register in freed[position] { now -= sizes[register] }
    }
    return most
  }
}
