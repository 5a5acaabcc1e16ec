/// A Huffman code for symbols of 16 bits (specification §5.2).
///
/// The code is canonical: from left to right in its tree, leaves come in the order of their depth, then their symbol.
/// Code lengths: A. Moffat and J. Katajainen, "In-Place Calculation of Minimum-Redundancy Codes", WADS 1995.
struct SZ3HuffmanCode {
  struct Leaf: Equatable {
    let symbol: UInt16
    let length: Int
  }

  /// Of the symbols that occur, from left to right in the tree.
  let leaves: [Leaf]
  let alphabet: SZ3Alphabet
  /// Of all symbols that were counted.
  let bitCount: Int
  /// How many symbols occur only once.
  let rareCount: Int

  /// So that a code fits into 64 bits with its length, and does not fill 64 bits of which 7 are used.
  static let longestCode = 56

  /// Counts the symbols, of which there is at least one.
  init(_ symbols: [UInt16]) {
    let alphabet = SZ3Alphabet(symbols.span)
    self.init(alphabet, counts: alphabet.counts(symbols.span))
  }

  /// By how often each symbol occurs, in the order of the alphabet; at least one does.
  init(_ alphabet: SZ3Alphabet, counts: [Int]) {
    self.alphabet = alphabet
    // The rarest first; count and position in one number sort faster than pairs. No array has 2^46 elements.
    let sorted = counts.indices.filter { counts[$0] > 0 }.map { counts[$0] << 17 | $0 }.sorted()
    var lengths: [Int] = []
    var shift = 0
    repeat {
      // Flatter counts make shorter codes.
      lengths = sorted.map { max(1, $0 >> (17 + shift)) }
      Self.replaceCountsByLengths(&lengths)
      shift += 1
    } while lengths[0] > Self.longestCode

    var bitCount = 0
    var lengthOf = [UInt8](repeating: 0, count: counts.count)
    var next = [Int](repeating: 0, count: Self.longestCode + 2)
    for (length, entry) in zip(lengths, sorted) {
      bitCount += length * (entry >> 17)
      lengthOf[entry & 0x1FFFF] = UInt8(length)
      next[length + 1] += 1
    }
    self.bitCount = bitCount
    rareCount = sorted.prefix { $0 >> 17 == 1 }.count
    // Where the leaves of each length start.
    for length in 1..<next.count { next[length] += next[length - 1] }
    var leaves = [Leaf](repeating: Leaf(symbol: 0, length: 0), count: sorted.count)
    for position in counts.indices where counts[position] > 0 {
      let length = Int(lengthOf[position])
      leaves[next[length]] = Leaf(symbol: alphabet.symbol(position), length: length)
      next[length] += 1
    }
    self.leaves = leaves
  }

  /// Turns counts, the lowest first, into code lengths, the longest first.
  private static func replaceCountsByLengths(_ a: inout [Int]) {
    let count = a.count
    if count == 1 { return a[0] = 0 }
    // First the parents of inner nodes: `root` is the next node to become a child, `leaf` the next count.
    var (root, leaf) = (0, 0)
    for node in 0..<count - 1 {
      var weight = 0
      for _ in 0..<2 {
        if leaf >= count || (root < node && a[root] < a[leaf]) {
          weight += a[root]
          a[root] = node
          root += 1
        } else {
          weight += a[leaf]
          leaf += 1
        }
      }
      a[node] = weight
    }
    // Then their depths, from the root down.
    a[count - 2] = 0
    for node in stride(from: count - 3, through: 0, by: -1) { a[node] = a[a[node]] + 1 }
    // Then the leaves that each depth has room for.
    var (free, depth, node, next) = (1, 0, count - 2, count - 1)
    while free > 0 {
      var inner = 0
      while node >= 0 && a[node] == depth {
        inner += 1
        node -= 1
      }
      for _ in 0..<free - inner {
        a[next] = depth
        next -= 1
      }
      free = 2 * inner
      depth += 1
    }
  }
}

/// Gives the symbols of an array positions in a table: 0, which stands apart where it occurs, the first one, the others
/// from the smallest on.
struct SZ3Alphabet: Equatable {
  private let base: UInt16
  /// Length of the table.
  let count: Int

  /// Of at least one symbol.
  init(_ symbols: Span<UInt16>) {
    // 0 is the highest here.
    var (smallest, largest) = (UInt16.max, UInt16.min)
    for index in symbols.indices {
      smallest = min(smallest, symbols[index] &- 1)
      largest = max(largest, symbols[index])
    }
    base = min(smallest, largest)
    count = Int(largest - base) + 1
  }

  @inline(__always)
  func position(_ symbol: UInt16) -> Int { Int(max(symbol, base) &- base) }

  func symbol(_ position: Int) -> UInt16 { position == 0 ? 0 : base + UInt16(position) }

  /// How often each symbol occurs.
  func counts(_ symbols: Span<UInt16>) -> [Int] {
    // Two tables: where a symbol follows itself, a processor waits for what it has just stored.
    var even = [Int](repeating: 0, count: count)
    var odd = even
    count(symbols, even.mutableSpan, odd.mutableSpan)
    for position in even.indices { even[position] &+= odd[position] }
    return even
  }

  private func count(
    _ symbols: Span<UInt16>, _ even: consuming MutableSpan<Int>, _ odd: consuming MutableSpan<Int>
  ) {
    var index = 0
    while index + 1 < symbols.count {
      even[position(symbols[index])] &+= 1
      odd[position(symbols[index + 1])] &+= 1
      index += 2
    }
    if index < symbols.count { even[position(symbols[index])] &+= 1 }
  }
}
