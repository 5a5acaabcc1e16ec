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
    var ends: [Int] = []
    var taskSize = 0
    var seen: Set<Node> = []
    for sweep in sweeps {
      let beneath = try beneath(sweep, caller)
      sweep.divide(isTileable: beneath.isTileable, hasUnits: beneath.hasUnits)
      ends.append((ends.last ?? 0) + sweep.taskCount)
      taskSize = max(taskSize, beneath.byteCount)
      for node in beneath.nodes where !seen.insert(node).inserted && units(of: node) != nil { cache.share(node) }
    }
    let count = ends.last ?? 0
    taskTotal += count
    let fitting = max(options.memoryLimit / max(taskSize, 1), 1)
    let threads = min(threads, fitting)
    let queue = TaskQueue(count: count, threads: threads, run: self) { task, worker in
      var (low, high) = (0, ends.count - 1)
      while low < high {
        let middle = (low + high) / 2
        if ends[middle] > task { high = middle } else { low = middle + 1 }
      }
      try sweeps[low].perform(task - (low == 0 ? 0 : ends[low - 1]), in: worker)
    }
    try queue.work(threads: threads, caller: caller)
  }

  private struct Beneath {
    var isTileable = true
    var hasUnits = false
    var byteCount = 0
    /// That are made in the first task.
    var nodes: Set<Node> = []
  }

  /// What the first task of a sweep would do, from writing its program for one whole block.
  private func beneath(_ sweep: Sweep, _ caller: Worker) throws -> Beneath {
    var beneath = Beneath()
    let largest = sweep.blocks.axes.map { axis in (0..<axis.count).max { axis[$0].count < axis[$1].count } ?? 0 }
    var builder = ProgramBuilder(caller)
    var kept: [Int] = []
    for member in sweep.members { kept.append(try builder.add(member.request(sweep.blocks.region(of: largest)))) }
    let program = builder.finish()
    var units: [Int: Node] = [:]
    for (instruction, result) in program.instructions {
      switch instruction {
      case .evaluate(let request, _, _):
        beneath.nodes.insert(request.node)
        if self.units(of: request.node) == nil, !request.node.operation.isTileable {
          // Alike in size to what is wanted: made as a whole, and looked at by tiles.
          if request.node.grid.block(request.region) != nil {
            makeByBlocks(request.node)
          } else {
            beneath.isTileable = false
          }
        }
        guard self.units(of: request.node) != nil else { continue }
        beneath.hasUnits = true
        if let result { units[result] = request.node }
      case .part(let source, _):
        // The rest of the unit is what other tasks will want.
        if let node = units[source] { cache.share(node) }
      default: break
      }
    }
    beneath.byteCount = program.mostBytes
    return beneath
  }
}

extension Program {
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
