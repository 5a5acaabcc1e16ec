/// Divides a computation into stages, each of which reads only sources and what earlier stages have kept.
///
/// A stage ends where a result is needed that takes elements of many blocks and is used by many: an array minus its
/// mean. Everything that can be made in a stage is, so that what it reads is read once.
struct Stages {
  /// What is kept in memory for later stages, by stage.
  private(set) var kept: [[Node]] = []
  /// The stage that each node is made in.
  private var stages: [Node: Int] = [:]
  private var isKept: Set<Node> = []

  /// - Parameter order: all nodes, inputs before what uses them.
  /// - Parameter mostKept: bytes of a result beyond which it is rather made part by part where it is used.
  init(_ order: [Node], mostKept: Int) {
    var users: [Node: Int] = [:]
    for node in order { for input in Set(node.inputs) { users[input, default: 0] += 1 } }
    for node in order {
      var stage = 0
      for input in node.inputs {
        stage = max(stage, (stages[input] ?? 0) + (isKept.contains(input) ? 1 : 0))
      }
      stages[node] = stage
      guard Self.isBarrier(node, isUsed: users[node] != nil, mostKept) else { continue }
      while kept.count <= stage { kept.append([]) }
      kept[stage].append(node)
      // Of a scan only what blocks leave to the next ones is kept; it is made behind that.
      if node.operation is any Carrying { stages[node] = stage + 1 } else { isKept.insert(node) }
    }
  }

  /// The stage that what is wanted is written in: behind the one that keeps it, if one does.
  func stage(toWrite node: Node) -> Int { (stages[node] ?? 0) + (keeps(node) ? 1 : 0) }

  /// Whether later stages use what the node results in.
  func keeps(_ node: Node) -> Bool { isKept.contains(node) }

  /// Whether a node is better made as a whole than part by part where it is used.
  private static func isBarrier(_ node: Node, isUsed: Bool, _ mostKept: Int) -> Bool {
    switch node.operation {
    case let reduction as Reduction:
      isUsed && reduction.crossesBlocks(of: node.inputs[0]) && node.byteCount(Region(all: node.shape)) <= mostKept
    case let scan as any Carrying: node.inputs[0].grid.axes[scan.axis].count > 1
    default: false
    }
  }
}
