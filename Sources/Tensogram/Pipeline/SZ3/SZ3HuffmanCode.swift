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
  let smallestSymbol: UInt16
  let largestSymbol: UInt16
  /// Of all symbols that were counted.
  let bitCount: Int

  /// So that a code fits into 64 bits with its length, and into what is left of 64 bits of which 7 are used.
  static let longestCode = 57

  /// Counts the symbols, of which there is at least one.
  init(_ symbols: [UInt16]) {
    let histogram = SZ3Histogram(symbols.span)
    self.init(smallestSymbol: histogram.smallest, counts: histogram.counts)
  }

  /// For symbols from `smallestSymbol` on, by how often each occurs; the first and the last do.
  init(smallestSymbol: UInt16, counts: [Int]) {
    self.smallestSymbol = smallestSymbol
    largestSymbol = smallestSymbol + UInt16(counts.count - 1)
    // The rarest first; count and symbol in one number sort faster than pairs. No array has 2^48 elements.
    let sorted = counts.indices.filter { counts[$0] > 0 }.map { counts[$0] << 16 | $0 }.sorted()
    var lengths = sorted.map { $0 >> 16 }
    let sortedCounts = lengths
    var shift = 0
    repeat {
      // Flatter counts make shorter codes.
      lengths = sortedCounts.map { max(1, $0 >> shift) }
      Self.replaceCountsByLengths(&lengths)
      shift += 1
    } while lengths[0] > Self.longestCode
    bitCount = zip(lengths, sortedCounts).reduce(0) { $0 + $1.0 * $1.1 }
    leaves = zip(lengths, sorted).map { $0.0 << 16 | $0.1 & 0xFFFF }.sorted().map {
      Leaf(symbol: smallestSymbol + UInt16($0 & 0xFFFF), length: $0 >> 16)
    }
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

/// How often each symbol occurs.
struct SZ3Histogram {
  let smallest: UInt16
  /// From the smallest to the largest.
  let counts: [Int]

  /// Of at least one symbol.
  init(_ symbols: Span<UInt16>) {
    var (smallest, largest) = (UInt16.max, UInt16.min)
    for index in symbols.indices {
      smallest = min(smallest, symbols[index])
      largest = max(largest, symbols[index])
    }
    let size = Int(largest - smallest) + 1
    // Two tables: where a symbol follows itself, a processor waits for what it has just stored.
    var even = [Int](repeating: 0, count: size)
    var odd = even
    Self.count(symbols, from: smallest, even.mutableSpan, odd.mutableSpan)
    self.smallest = smallest
    counts = zip(even, odd).map { $0.0 + $0.1 }
  }

  private static func count(
    _ symbols: Span<UInt16>, from smallest: UInt16, _ even: consuming MutableSpan<Int>,
    _ odd: consuming MutableSpan<Int>
  ) {
    var index = 0
    while index + 1 < symbols.count {
      even[Int(symbols[index] &- smallest)] &+= 1
      odd[Int(symbols[index + 1] &- smallest)] &+= 1
      index += 2
    }
    if index < symbols.count { even[Int(symbols[index] &- smallest)] &+= 1 }
  }
}
