import Tensogram

/// Computes arrays together: what they share is read and made once.
package struct Computation {
  /// What is to become of an array.
  package enum Sink {
    /// Its elements go here.
    case memory(Tensor)
    /// Its blocks go there; nil where they are made for what making them does.
    case blocks((any BlockTarget)?)
  }

  private let roots: [(node: Node, sink: Sink)]
  private let options: ComputeOptions

  package init(_ roots: [(node: Node, sink: Sink)], _ options: ComputeOptions) {
    self.roots = roots
    self.options = options
  }

  package func callAsFunction() throws {
    if roots.isEmpty { return }
    for (node, sink) in roots {
      guard case .memory(let output) = sink else { continue }
      guard output.shape == node.shape, output.elementType == node.elementType else {
        throw ArrayError(
          "a result of \(output.elementType), shape \(output.shape), does not take an array of \(node.elementType), "
            + "shape \(node.shape)")
      }
    }
    let order = Node.sorted(roots.map(\.node))
    if options.objectReferences == nil, order.contains(where: { $0.elementType == .object }) {
      throw ArrayError("arrays of objects need options.objectReferences, which counts their references")
    }
    let stages = Stages(order, mostKept: options.memoryLimit)
    let run = Run(options, order: order)
    let caller = Worker(run, isCaller: true)
    let last = max(stages.kept.count - 1, roots.map { stages.stage(toWrite: $0.node) }.max() ?? 0)
    for stage in 0...last {
      let sweeps = try sweeps(of: stage, stages, run, caller)
      try run.perform(sweeps, caller)
    }
    run.report(always: true)
  }

  private func sweeps(of stage: Int, _ stages: Stages, _ run: Run, _ caller: Worker) throws -> [Sweep] {
    var groups = SweepGroups()
    for node in stages.kept.indices.contains(stage) ? stages.kept[stage] : [] {
      if let reduction = node.operation as? Reduction {
        let result = caller.tensor(node.elementType, node.shape)
        run.keep(result, of: node)
        groups.add(ReduceMember(node.inputs[0], reduction, into: result), node.inputs[0].grid)
      } else if let scan = node.operation as? any Carrying {
        let carries = ScanCarries()
        run.carries[node] = carries
        groups.add(CarryMember(node, scan, carries), node.grid)
      }
    }
    for (node, sink) in roots where stages.stage(toWrite: node) == stage {
      if case .memory(let output) = sink {
        if let reduction = node.operation as? Reduction, !stages.keeps(node) {
          groups.add(ReduceMember(node.inputs[0], reduction, into: output), node.inputs[0].grid)
        } else {
          groups.add(WriteMember(node, output), node.grid)
        }
      } else if case .blocks(let target) = sink {
        groups.add(StoreMember(node, target), node.grid)
      }
    }
    return groups.sweeps
  }
}

/// Members by the grid that they go over.
private struct SweepGroups {
  private var members: [(grid: ChunkGrid, members: [any SweepMember])] = []
  private var places: [Key: Int] = [:]
  private var reductions: [Reduced: [ReduceMember]] = [:]

  private struct Reduced: Hashable {
    let input: ObjectIdentifier
    let axes: [Int]
  }

  private struct Key: Hashable {
    var grid: ChunkGrid
    var wantsWholeBlocks: Bool
    var sequentialAxis: Int?
  }

  mutating func add(_ member: any SweepMember, _ grid: ChunkGrid) {
    if let member = member as? ReduceMember {
      let reduced = Reduced(input: ObjectIdentifier(member.input), axes: member.reducedAxes)
      for other in reductions[reduced, default: []] where other.takeOver(member) { return }
      reductions[reduced, default: []].append(member)
    }
    let key = Key(grid: grid, wantsWholeBlocks: member.wantsWholeBlocks, sequentialAxis: member.sequentialAxis)
    if let place = places[key] {
      members[place].members.append(member)
    } else {
      places[key] = members.count
      members.append((grid, [member]))
    }
  }

  var sweeps: [Sweep] { members.map { Sweep($0.grid, $0.members) } }
}
