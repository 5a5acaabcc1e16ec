import CPython
import TensogramArrays

/// `tensogram._native.ArrayNode`: an operation of a lazy array, with what it is made of. What `tensogram.chunked` builds on.
enum ArrayNodeType {
  static let type: NativeType<Node> = NativeType(
    "tensogram._native.ArrayNode", documentation,
    methods: sourceMethods + elementwiseMethods + reductionMethods + viewMethods + indexMethods + blockMethods,
    properties: [
      Property("shape", "Elements along each axis.") { object, _ in
        answer { () throws(PythonError) in try .tuple(type.instance(object).shape) }
      },
      Property("chunks", "The sizes of the blocks along each axis, a tuple of tuples.") { object, _ in
        answer { () throws(PythonError) in try chunks(type.instance(object).grid) }
      },
      Property("element", "What the elements are: ``float32``, ``opaque:12``, ``object``.") { object, _ in
        answer { () throws(PythonError) in try PythonObject(text: type.instance(object).elementType.text) }
      },
      Property("operation", "What the node does.") { object, _ in
        answer { () throws(PythonError) in try PythonObject(text: type.instance(object).operation.name) }
      },
      Property("node_count", "How many nodes there are, this one and all beneath it.") { object, _ in
        answer { () throws(PythonError) in try PythonObject(Node.sorted([type.instance(object)]).count) }
      },
    ],
    slots: [
      .representation { object in
        answer { () throws(PythonError) in
          let node = type.instance(object)
          return try PythonObject(
            text: "ArrayNode(\(node.operation.name), shape=\(node.shape), element=\(node.elementType.text))")
        }
      }
    ])

  private static let documentation = """
    An operation of a lazy array: immutable, computed by ``arrays_compute``. The static methods make nodes.
    """

  static func chunks(_ grid: ChunkGrid) throws(PythonError) -> PythonObject {
    let list = try PythonObject.list()
    for axis in grid.axes { try list.append(PythonObject.tuple(axis.sizes)) }
    return unsafe try PythonObject(PySequence_Tuple(list.pointer))
  }

  /// A static method that makes a node.
  @safe static func constructor(
    _ signature: Signature, _ documentation: String, _ entry: FastFunction
  ) -> Method {
    unsafe Method(signature, isStatic: true, documentation, entry)
  }

  /// Calls the graph; what does not fit is a ValueError.
  static func make(_ body: () throws -> Node) throws(PythonError) -> PythonObject {
    let node: Node
    do { node = try body() } catch { throw .computing(error) }
    return try type.wrap(node)
  }
}

extension Arguments {
  func node(_ place: Int) throws(PythonError) -> Node { try required(place).node("argument '\(name(place))'") }

  func nodes(_ place: Int) throws(PythonError) -> [Node] {
    var nodes: [Node] = []
    try required(place).forEachItem { item throws(PythonError) in
      nodes.append(try item.node("an item of '\(name(place))'"))
    }
    return nodes
  }

  func elementType(_ place: Int) throws(PythonError) -> TensogramArrays.ElementType {
    let text = try text(place)
    guard let type = TensogramArrays.ElementType(text: text) else { throw .value("unknown element type '\(text)'") }
    return type
  }

  /// Integers of either sign.
  func integers(_ place: Int) throws(PythonError) -> [Int] { try required(place).integers(name(place)) }

  /// A tuple of sizes for each axis.
  func grid(_ place: Int) throws(PythonError) -> ChunkGrid {
    var axes: [AxisChunks] = []
    try required(place).forEachItem { item throws(PythonError) in
      axes.append(try item.axisChunks(name(place)))
    }
    return ChunkGrid(axes)
  }

  /// As ``grid(_:)``, which must fit.
  func grid(_ place: Int, of shape: [Int]) throws(PythonError) -> ChunkGrid {
    let grid = try grid(place)
    guard grid.shape == shape else {
      throw .value("chunks of an array of shape \(grid.shape) do not fit shape \(shape)")
    }
    return grid
  }

  func optionalGrid(_ place: Int) throws(PythonError) -> ChunkGrid? {
    guard let given = self[place], !given.isNone else { return nil }
    return try grid(place)
  }

  /// A tuple of (start, step, count) for each axis.
  func region(_ place: Int) throws(PythonError) -> Region {
    var axes: [Region.Axis] = []
    try required(place).forEachItem { item throws(PythonError) in
      let numbers = try item.integers(name(place))
      guard numbers.count == 3, numbers[2] >= 0 else {
        throw .value("an item of '\(name(place))' must be (start, step, count)")
      }
      axes.append(Region.Axis(start: numbers[0], step: numbers[1], count: numbers[2]))
    }
    return Region(axes)
  }

  func function(_ place: Int) throws(PythonError) -> PythonFunction { try PythonFunction(required(place)) }
}

extension PythonReference where Self: ~Copyable {
  func node(_ what: @autoclosure () -> String) throws(PythonError) -> Node {
    let object = unsafe Borrowed(pointer)
    guard ArrayNodeType.type.isInstance(object) else { throw .type("\(what()) must be an ArrayNode, not \(typeName)") }
    return ArrayNodeType.type.instance(object)
  }

  func integers(_ what: String) throws(PythonError) -> [Int] {
    var integers: [Int] = []
    try forEachItem { item throws(PythonError) in
      guard item.isIndex else { throw .type("an item of '\(what)' must be an integer, not \(item.typeName)") }
      let (value, overflow) = try item.index().integer()
      guard overflow == 0 else { throw .overflow("an item of '\(what)' must be in -2^63 … 2^63 - 1") }
      integers.append(value)
    }
    return integers
  }

  /// The sizes of the blocks along an axis.
  func axisChunks(_ what: String) throws(PythonError) -> AxisChunks {
    let sizes = try extents(what)
    var sum = 0
    for size in sizes {
      let (next, overflow) = sum.addingReportingOverflow(size)
      if overflow { throw .value("the sizes in '\(what)' add up to more than can be counted") }
      sum = next
    }
    guard !sizes.isEmpty else { throw .value("'\(what)' has an axis without chunks") }
    return AxisChunks(sizes: sizes)
  }
}
