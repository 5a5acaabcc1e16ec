/// Decodes symbols of a ``SZ3HuffmanTree`` by a table of the next bits; longer codes walk on in the tree.
struct SZ3HuffmanDecoder {
  private let tree: SZ3HuffmanTree
  /// What the next ``lookupBits`` bits hold, see ``Entry``.
  private let lookup: [Entry]
  private let lookupBits: Int

  /// So that the bits of this many entries are in one 64-bit window of which 7 may be used up.
  private let entriesPerWindow: Int

  /// A table of so many bits stays in the first-level cache, ...
  private static let fewLookupBits = 11
  /// ... one of so many, for large alphabets, in the second-level cache.
  private static let mostLookupBits = 15

  /// Up to three whole symbols; or none, and the node where their bits end up.
  private struct Entry {
    /// From the lowest: 8 bits number of bits, 8 bits number of symbols, 16 bits each symbol; without symbols
    /// 32 bits node.
    var packed: UInt64

    static let mostSymbols = 3
    static let symbolLimit: UInt32 = 1 << 16

    init(node: Int, bits: Int) { packed = UInt64(node) << 16 | UInt64(bits) }
    init(symbol: UInt32, bits: Int) { packed = UInt64(symbol) << 16 | 1 << 8 | UInt64(bits) }

    var bits: Int { Int(truncatingIfNeeded: packed & 0xFF) }
    var symbolCount: Int { Int(truncatingIfNeeded: packed >> 8 & 0xFF) }
    var node: Int { Int(truncatingIfNeeded: packed >> 16) }

    @inline(__always)
    func symbol(_ index: UInt64) -> UInt16 { UInt16(truncatingIfNeeded: packed &>> (16 &+ 16 &* index)) }

    /// This entry and the symbols of `next`, as far as there is room.
    func followed(by next: Entry) -> Entry {
      var joined = self
      joined.packed += UInt64(next.bits) + 1 << 8
      joined.packed |= UInt64(next.symbol(0)) << UInt64(16 + 16 * symbolCount)
      return joined
    }
  }

  /// For about `count` symbols: few ones are not worth a large table.
  init(_ tree: SZ3HuffmanTree, count: Int) {
    self.tree = tree
    let leafBits = Int.bitWidth - tree.nodes.count.leadingZeroBitCount
    let wanted = min(max(leafBits, Self.fewLookupBits), Self.mostLookupBits)
    let bits = min(wanted, Int.bitWidth - count.leadingZeroBitCount)
    entriesPerWindow = (64 - 7) / bits
    lookupBits = bits
    let single = Self.singleEntries(tree, bits: bits)
    lookup = (0..<1 << bits).map { window in
      var entry = single[window]
      while (1..<Entry.mostSymbols).contains(entry.symbolCount) {
        // The bits behind the entry's own, filled up with zeros.
        let next = single[window << entry.bits & (1 << bits - 1)]
        guard next.symbolCount == 1, entry.bits + next.bits <= bits else { break }
        entry = entry.followed(by: next)
      }
      return entry
    }
  }

  /// An entry of one symbol, or of the node, for every window.
  private static func singleEntries(_ tree: SZ3HuffmanTree, bits: Int) -> [Entry] {
    var entries: [Entry] = []
    entries.reserveCapacity(1 << bits)
    // Nodes still to be visited, the leftmost last: windows are then filled in their order.
    var pending = [(node: 0, depth: 0)]
    while let (node, depth) = pending.popLast() {
      let value = tree.nodes[node]
      let isLeaf = value & SZ3HuffmanTree.leafFlag != 0
      if !isLeaf && depth < bits {
        pending.append((Int(value), depth + 1))
        pending.append((node + 1, depth + 1))
        continue
      }
      let symbol = value & ~SZ3HuffmanTree.leafFlag
      let entry =
        isLeaf && symbol < Entry.symbolLimit
        ? Entry(symbol: symbol, bits: depth) : Entry(node: node, bits: depth)
      entries.append(contentsOf: repeatElement(entry, count: 1 << (bits - depth)))
    }
    return entries
  }

  /// Symbols that are decoded between two looks at whether the caller wants to stop.
  private static let symbolsPerLook = 1 << 20

  /// Reads the coded symbols of a whole array: their size in bytes, and their bits (specification §5.3).
  func decode<Code: SZ3Code>(
    _ reader: inout SZ3Reader, into codes: inout MutableSpan<Code>
  ) throws(TensogramError) {
    let size = try reader.count("size of coded symbols", in: 0...reader.remaining)
    let bits = try reader.bytes(size, "coded symbols")
    if let symbol = tree.onlySymbol {
      codes.update(repeating: Code(truncatingIfNeeded: symbol))
      return
    }
    var position = 0
    var index = 0
    var nextLook = 0
    while index < codes.count {
      if index >= nextLook {
        try reader.workers.checkCancelled()
        nextLook = index + Self.symbolsPerLook
      }
      let node = decodeByTable(bits, &position, into: &codes, &index, until: min(nextLook, codes.count))
      if index == codes.count { return }
      let symbol = self.symbol(under: node, bits, &position)
      guard let symbol else {
        throw .sz3("\(bits.byteCount) bytes of coded symbols end at symbol \(index) of \(codes.count)")
      }
      codes[index] = Code(truncatingIfNeeded: symbol)
      index += 1
    }
  }

  /// Decodes until a long code, or the end of the symbols or the bits, is near.
  ///
  /// Gives the node that the bits of the next symbol have led to so far.
  @inline(__always)
  private func decodeByTable<Code: SZ3Code>(
    _ bits: RawSpan, _ position: inout Int, into codes: inout MutableSpan<Code>, _ index: inout Int, until limit: Int
  ) -> Int {
    let lastIndex = limit - entriesPerWindow * Entry.mostSymbols
    let lastByte = bits.byteCount - 8
    let shift = UInt64(64 - lookupBits)
    while index <= lastIndex, position >> 3 <= lastByte {
      var window = bits.bigEndian(at: position >> 3, as: UInt64.self) &<< UInt64(position & 7)
      for _ in 0..<entriesPerWindow {
        let entry = lookup[Int(truncatingIfNeeded: window &>> shift)]
        position &+= entry.bits
        if entry.symbolCount == 0 { return entry.node }
        // Those that are not there are overwritten by the next ones.
        codes[index] = Code(truncatingIfNeeded: entry.symbol(0))
        codes[index + 1] = Code(truncatingIfNeeded: entry.symbol(1))
        codes[index + 2] = Code(truncatingIfNeeded: entry.symbol(2))
        index &+= entry.symbolCount
        window &<<= UInt64(entry.bits)
      }
    }
    return 0
  }

  /// Decodes the rest of a symbol bit by bit; `nil` where the bits end before.
  @inline(__always)
  private func symbol(under start: Int, _ bits: RawSpan, _ position: inout Int) -> UInt32? {
    var node = start
    while tree.nodes[node] & SZ3HuffmanTree.leafFlag == 0 {
      if position >> 3 >= bits.byteCount { return nil }
      let bit = bits[position >> 3] >> UInt8(7 - position & 7) & 1
      node = bit == 0 ? node + 1 : Int(tree.nodes[node])
      position += 1
    }
    return tree.nodes[node] & ~SZ3HuffmanTree.leafFlag
  }
}
