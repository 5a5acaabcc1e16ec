import CPython
import TensogramArrays

/// Nodes whose blocks Python functions make.
extension ArrayNodeType {
  static let blockMethods: [Method] = [
    constructor(blockwise, documentation) { _, given, count, names in
      call(blockwise, given, count, names) { (arguments) throws(PythonError) in
        let function = try arguments.function(0)
        var inputs: [(node: Node, indices: [Int])] = []
        try arguments.required(1).forEachItem { pair throws(PythonError) in
          let items = unsafe try PythonObject(PySequence_Tuple(pair.pointer))
          guard try items.count() == 2 else { throw .value("an item of 'inputs' must be (node, indices)") }
          inputs.append((try items.tupleItem(0).node("an input"), try items.tupleItem(1).integers("indices")))
        }
        let output = try arguments.integers(2)
        var chunks: [Int: AxisChunks] = [:]
        try arguments.required(3).forEachEntry { index, sizes throws(PythonError) in
          chunks[try index.index().integer().value] = try sizes.axisChunks("chunks")
        }
        var types: [TensogramArrays.ElementType] = []
        try arguments.required(4).forEachItem { item throws(PythonError) in
          guard item.isText, let type = TensogramArrays.ElementType(text: try item.text()) else {
            throw .value("unknown element type \(item.description)")
          }
          types.append(type)
        }
        guard !types.isEmpty else { throw .value("a function on blocks needs an element type for each result") }
        let passesBlock = try arguments.flag(5, default: false)
        let nodes: [Node]
        do {
          nodes = try Node.blockwise(
            function, inputs, output: output, newChunks: chunks, types, passesBlock: passesBlock)
        } catch { throw .computing(error) }
        let list = try PythonObject.list()
        for node in nodes { try list.append(type.wrap(node)) }
        return unsafe try PythonObject(PySequence_Tuple(list.pointer))
      }
    }
  ]

  private static let blockwise = Signature(
    "blockwise(function, inputs, output, chunks, elements, block_id=False)")

  private static let documentation = """
    ``function(*blocks)`` for each block; a tuple of nodes, one per element type.

    ``inputs`` are (node, indices) with an integer for each axis, ``output`` the indices of the result. An input's
    index that is not in ``output`` comes whole; axes of length 1 broadcast. ``chunks`` is a dict from index to sizes,
    for new indices and those whose sizes change. With ``block_id`` the function gets the block's index by that name.
    """
}
