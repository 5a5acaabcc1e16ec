extension SZ3HuffmanCode {
  /// Appends the tree and the coded symbols, which are those that this code was made for (specification §5.2, §5.3).
  ///
  /// With `repeatingCount` their number stands between the two (§5.4).
  func write(_ symbols: [UInt16], repeatingCount: Bool = false, to writer: inout SZ3Writer) {
    writeTree(to: &writer)
    if repeatingCount { writer.append(UInt64(symbols.count)) }
    writeSymbols(symbols, to: &writer)
  }

  /// Appends the size of the coded symbols and their bits.
  func writeSymbols(_ symbols: [UInt16], to writer: inout SZ3Writer) {
    let packer = SZ3BitPacker(self)
    let size = (bitCount + 7) / 8
    writer.append(UInt64(size))
    writer.append(zeros: size + SZ3BitPacker.margin)
    var span = writer.bytes.mutableSpan
    // Every byte is an integer.
    var bytes = unsafe span.mutableBytes
    packer.pack(symbols.span, into: bytes._mutatingExtracting(last: size + SZ3BitPacker.margin))
    writer.bytes.removeLast(SZ3BitPacker.margin)
  }

  /// Appends the nodes in preorder.
  func writeTree(to writer: inout SZ3Writer) {
    let smallest = leaves.map(\.symbol).min() ?? 0
    let largest = leaves.map(\.symbol).max() ?? 0
    // Nodes in preorder: the left child of an inner node is the next one.
    let count = 2 * leaves.count - 1
    var left = [UInt32](repeating: 0, count: count)
    var right = left
    var symbols = left
    var kinds = [UInt8](repeating: 0, count: count)
    // Inner nodes whose right child is still to come.
    var pending: [(node: Int, depth: Int)] = []
    var (node, depth) = (0, 0)
    for leaf in leaves {
      if let parent = pending.popLast() {
        right[parent.node] = UInt32(node)
        depth = parent.depth + 1
      }
      while depth < leaf.length {
        left[node] = UInt32(node + 1)
        pending.append((node, depth))
        node += 1
        depth += 1
      }
      symbols[node] = UInt32(leaf.symbol - smallest)
      kinds[node] = 1
      node += 1
    }
    writer.append(Int32(smallest))
    writer.append(bigEndian: UInt32(count))
    writer.append(bigEndian: (UInt32(largest - smallest) + 2) / 2)
    writer.append(0 as UInt8)
    for children in [left, right] {
      switch count {
      case ...256: writer.append(children.map { UInt8($0) })
      case ...65536: writer.append(children.map { UInt16($0) })
      default: writer.append(children)
      }
    }
    writer.append(symbols)
    writer.append(kinds)
  }
}

/// Puts the codes of symbols one after another, the first bit in the highest bit of the first byte.
struct SZ3BitPacker {
  private let alphabet: SZ3Alphabet
  /// Of each symbol in the alphabet: its code in the highest bits, its length in the lowest 6.
  private let words: [UInt64]
  /// So many codes and 7 bits before them never fill a word.
  private let codesPerWord: Int

  /// The packer writes whole words, so up to this many bytes behind the last code.
  static let margin = 8

  init(_ code: SZ3HuffmanCode) {
    alphabet = code.alphabet
    var words = [UInt64](repeating: 0, count: alphabet.count)
    // The next code, left-justified.
    var next: UInt64 = 0
    for leaf in code.leaves {
      words[alphabet.position(leaf.symbol)] = next | UInt64(leaf.length)
      // The last code is all ones, and the sum wraps to 0; so does the only code, of no bits.
      next &+= ((1 << 63) >> UInt64(leaf.length)) << 1
    }
    self.words = words
    codesPerWord = SZ3HuffmanCode.longestCode / max(code.leaves.last?.length ?? 0, 8)
  }

  @inline(__always)
  private func word(_ symbol: UInt16) -> UInt64 { words[alphabet.position(symbol)] }

  /// Fills `bytes`, which are zeros: as many as the codes take, and ``margin``.
  func pack(_ symbols: Span<UInt16>, into bytes: consuming MutableRawSpan) {
    var offset = 0
    // Bits that are not written yet, fewer than 8, in the highest bits.
    var buffer: UInt64 = 0
    var used: UInt64 = 0
    var index = 0
    while index < symbols.count {
      for symbol in index..<min(index + codesPerWord, symbols.count) {
        let word = word(symbols[symbol])
        buffer |= (word & ~0x3F) &>> used
        used &+= word & 0x3F
      }
      index += codesPerWord
      bytes.storeBytes(of: buffer.bigEndian, toByteOffset: offset, as: UInt64.self)
      let whole = used & ~7
      offset &+= Int(truncatingIfNeeded: whole >> 3)
      buffer &<<= whole
      used &= 7
    }
  }
}
