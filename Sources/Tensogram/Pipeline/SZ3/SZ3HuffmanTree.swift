/// A prefix code as a stream has it: a tree of nodes numbered in preorder (specification §5.2).
///
/// The left child of an inner node is the next node, so a node is one number.
struct SZ3HuffmanTree {
  /// Of a leaf: ``leafFlag`` and its symbol; of an inner node: the number of its right child.
  private(set) var nodes: [UInt32]
  static var leafFlag: UInt32 { 1 << 31 }

  /// Set where the tree is one leaf, whose code has no bits.
  var onlySymbol: UInt32? { nodes.count == 1 ? nodes[0] & ~Self.leafFlag : nil }

  /// Reads the tree of `count` coded symbols, all of them below `alphabet`.
  ///
  /// Walks the nodes in their order, which shows that every one but the first is the child of one other, and that
  /// none is missing.
  init(_ reader: inout SZ3Reader, count: Int, alphabet: Int) throws(TensogramError) {
    let offset = Int(try reader.integer("smallest symbol", as: Int32.self))
    let nodeCount = Int(try reader.bigEndianInteger("number of tree nodes"))
    _ = try reader.bigEndianInteger("tree size class")
    let order: UInt8 = try reader.integer("tree byte order")
    guard order == 0 else { throw .sz3("tree byte order \(order), must be 0") }
    let limit = min(2 * min(count, alphabet) - 1, Int(Int32.max))
    guard nodeCount % 2 == 1, nodeCount <= limit else {
      throw .sz3("tree of \(nodeCount) nodes, must be odd and at most \(limit)")
    }
    let width = nodeCount <= 256 ? 1 : nodeCount <= 65536 ? 2 : 4
    let left = try reader.items(nodeCount, of: width, "left children")
    let right = try reader.items(nodeCount, of: width, "right children")
    let symbols = try reader.items(nodeCount, of: 4, "tree symbols")
    let kinds = try reader.bytes(nodeCount, "tree node kinds")

    nodes = []
    nodes.reserveCapacity(nodeCount)
    // Inner nodes whose right child is still to come.
    var pending: [Int] = []
    for node in 0..<nodeCount {
      let leftChild = left.index(node, width: width)
      let rightChild = right.index(node, width: width)
      if kinds[node] == 1 {
        guard leftChild == 0, rightChild == 0 else { throw .sz3("tree leaf \(node) has children") }
        let symbol = Int(symbols.symbol(node))
        guard symbol >= 0, (0..<alphabet).contains(offset + symbol) else {
          throw .sz3("symbol \(offset + symbol) of tree leaf \(node) is outside 0..<\(alphabet)")
        }
        nodes.append(Self.leafFlag | UInt32(offset + symbol))
        let next = pending.popLast().map { Int(nodes[$0]) } ?? nodeCount
        guard next == node + 1 else { throw .sz3("tree node \(node + 1) is not the right child that is due") }
      } else {
        guard kinds[node] == 0, leftChild == node + 1, leftChild < rightChild, rightChild < nodeCount else {
          throw .sz3("tree node \(node) of kind \(kinds[node]) has children \(leftChild) and \(rightChild)")
        }
        nodes.append(UInt32(rightChild))
        pending.append(node)
      }
    }
    guard pending.isEmpty else { throw .sz3("tree ends before its last right child") }
  }
}

extension RawSpan {
  @inline(__always)
  fileprivate func index(_ position: Int, width: Int) -> Int {
    // Every bit pattern is an integer; the bounds are checked.
    switch width {
    case 1: Int(self[position])
    case 2: Int(UInt16(littleEndian: unsafe unsafeLoadUnaligned(fromByteOffset: position * 2, as: UInt16.self)))
    default: Int(UInt32(littleEndian: unsafe unsafeLoadUnaligned(fromByteOffset: position * 4, as: UInt32.self)))
    }
  }

  @inline(__always)
  fileprivate func symbol(_ position: Int) -> Int32 {
    // Every bit pattern is an integer; the bounds are checked.
    Int32(littleEndian: unsafe unsafeLoadUnaligned(fromByteOffset: position * 4, as: Int32.self))
  }
}
