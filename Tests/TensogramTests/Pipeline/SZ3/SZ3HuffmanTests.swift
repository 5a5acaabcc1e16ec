import Testing

@testable import Tensogram

@Suite struct SZ3HuffmanTests {
  /// Writes symbols and reads them back.
  private func roundTrip(_ symbols: [UInt16]) throws -> [UInt16] {
    var writer = SZ3Writer()
    SZ3HuffmanCode(symbols).write(symbols, repeatingCount: true, to: &writer)
    return try read(writer.bytes, count: symbols.count, as: UInt16.self)
  }

  private func read<Code: SZ3Code>(_ bytes: [UInt8], count: Int, as type: Code.Type) throws -> [Code] {
    var reader = SZ3Reader(bytes.span.bytes)
    let codes = try SZ3CodeBuffer<Code>(&reader, count: count, alphabet: 1 << 31, repeatsCount: true)
    return (0..<count).map { codes.span[$0] }
  }

  @Test(arguments: [1, 2, 3, 10, 63, 64, 65, 1000, 5000], [1, 2, 3, 40, 300, 65536])
  func readsWhatItWrote(count: Int, alphabet: Int) throws {
    var random = SeededGenerator(seed: UInt64(count * alphabet))
    // Some symbols are far likelier than others, and 0 stands apart.
    let symbols = (0..<count).map { _ -> UInt16 in
      let spread = Int.random(in: 0..<alphabet, using: &random)
      return Bool.random(using: &random)
        ? UInt16(alphabet / 2)
        : Int.random(in: 0..<9, using: &random) == 0
          ? 0 : UInt16(spread)
    }
    #expect(try roundTrip(symbols) == symbols)
  }

  @Test func readsTreesOfAllIndexWidths() throws {
    for leaves in [128, 129, 32768, 32769, 65536] {
      let symbols = (0..<leaves).map { UInt16($0) } + [0, 0, 1]
      #expect(try roundTrip(symbols) == symbols)
    }
  }

  @Test func readsSymbolsAbove16Bits() throws {
    let symbols: [UInt16] = (0..<3000).map { UInt16($0 * $0 % 71) }
    var writer = SZ3Writer()
    SZ3HuffmanCode(symbols).write(symbols, repeatingCount: true, to: &writer)
    // The smallest symbol comes first; all others are relative to it.
    var shifted = SZ3Writer()
    shifted.append(Int32(100_000))
    #expect(
      try read(shifted.bytes + writer.bytes.dropFirst(4), count: 3000, as: UInt32.self)
        == symbols.map { UInt32($0) + 100_000 })
  }

  @Test func codesAreAsShortAsHuffmans() {
    var random = SeededGenerator(seed: 5)
    for leaves in [1, 2, 3, 5, 100, 1000] {
      let symbols = (0..<leaves * 7).map { _ in
        UInt16(min(Int.random(in: 0..<leaves, using: &random), Int.random(in: 0..<leaves, using: &random)))
      }
      #expect(SZ3HuffmanCode(symbols).bitCount == fewestBits(symbols))
    }
  }

  /// The sum of the weights of all inner nodes, joining the two lightest again and again.
  private func fewestBits(_ symbols: [UInt16]) -> Int {
    var weights = Dictionary(symbols.map { ($0, 1) }, uniquingKeysWith: +).values.sorted()
    var bits = 0
    while weights.count > 1 {
      let joined = weights.removeFirst() + weights.removeFirst()
      bits += joined
      weights.insert(joined, at: weights.firstIndex { $0 > joined } ?? weights.count)
    }
    return bits
  }

  @Test func limitsTheLengthOfCodes() {
    // Fibonacci numbers make the deepest tree that so many symbols can.
    var counts = [1, 1]
    while counts.count < 62 { counts.append(counts[counts.count - 1] + counts[counts.count - 2]) }
    let symbols = (0..<62).map { UInt16($0) }
    let code = SZ3HuffmanCode(SZ3Alphabet(symbols.span), counts: counts)
    let lengths = code.leaves.map(\.length)
    #expect((40...SZ3HuffmanCode.longestCode).contains(lengths.max() ?? 0))
    // Kraft: a complete code fills all of the tree.
    #expect(lengths.map { 1 << (56 - $0) }.reduce(0, +) == 1 << 56)
  }

  /// A hostile tree: every right child is a leaf, down to a depth that no count of symbols could make.
  @Test func readsTreesAsDeepAsTheyHaveLeaves() throws {
    let depth = 30_000
    let nodes = 2 * depth + 1
    var writer = SZ3Writer()
    writer.append(Int32(1))
    writer.append(bigEndian: UInt32(nodes))
    writer.append(bigEndian: UInt32(nodes))
    writer.append(0 as UInt8)
    // Inner nodes 0 ..< depth, the leftmost leaf, then the right children from the deepest up.
    writer.append((0..<nodes).map { $0 < depth ? UInt16($0 + 1) : 0 })
    writer.append((0..<nodes).map { $0 < depth ? UInt16(nodes - 1 - $0) : 0 })
    writer.append((0..<nodes).map { UInt32(max(0, $0 - depth)) })
    writer.append((0..<nodes).map { $0 < depth ? 0 : 1 as UInt8 })
    // Symbol k, counted from the left, is reached by depth − k zeros and a one.
    let symbols = [depth, depth - 1, 5, depth, 0]
    writer.append(UInt64(symbols.count))
    let bits = symbols.flatMap { [UInt8](repeating: 0, count: depth - $0) + ($0 == 0 ? [] : [1]) }
    let padded = bits + [UInt8](repeating: 0, count: (8 - bits.count % 8) % 8)
    writer.append(UInt64(padded.count / 8))
    writer.append(stride(from: 0, to: padded.count, by: 8).map { padded[$0..<$0 + 8].reduce(0) { $0 << 1 | $1 } })
    var reader = SZ3Reader(writer.bytes.span.bytes)
    // As many symbols as leaves are allowed for: the tree is that of an array, these are its first.
    let tree = try SZ3HuffmanTree(&reader, count: depth + 1, alphabet: 65536)
    _ = try reader.count("number of codes", in: 5...5)
    var codes = [UInt16](repeating: 0, count: 5)
    var span = codes.mutableSpan
    try SZ3HuffmanDecoder(tree, count: 5).decode(&reader, into: &span)
    #expect(codes.map { Int($0) } == symbols.map { $0 + 1 })
  }

  @Test(arguments: [
    ("too many nodes", 4, 0xFF), ("an even number of nodes", 7, 4), ("big-endian numbers", 12, 1),
    ("a left child that is not next", 13, 2), ("a right child that is not due", 18, 3),
    ("a right child past the end", 18, 5), ("a leaf with a child", 14, 4), ("an unknown kind", 43, 2),
    ("a leaf in place of an inner node", 43, 1), ("a symbol outside the alphabet", 30, 0x7F),
  ])
  func refusesTrees(flaw: String, offset: Int, value: UInt8) throws {
    // Three leaves: 9 | 5 7 below the root.
    var writer = SZ3Writer()
    let symbols: [UInt16] = [9, 9, 9, 5, 7]
    SZ3HuffmanCode(symbols).write(symbols, to: &writer)
    var bytes = writer.bytes
    func tree(_ bytes: [UInt8]) throws -> SZ3HuffmanTree {
      var reader = SZ3Reader(bytes.span.bytes)
      return try SZ3HuffmanTree(&reader, count: 5, alphabet: 10)
    }
    #expect(try tree(bytes).nodes.count == 5)
    #expect(bytes[offset] != value)
    bytes[offset] = value
    let error = #expect(throws: TensogramError.self) { try tree(bytes) }
    #expect(error?.kind == .compression)
  }

  @Test func refusesCodesThatEndEarly() throws {
    let symbols = (0..<1000).map { UInt16($0 % 13) }
    let code = SZ3HuffmanCode(symbols)
    var coded = SZ3Writer()
    code.writeSymbols(symbols, to: &coded)
    let size = (code.bitCount + 7) / 8
    for missing in [1, 2, 9, size] {
      var writer = SZ3Writer()
      code.writeTree(to: &writer)
      writer.append(UInt64(1000))
      writer.append(UInt64(size - missing))
      writer.append(Array(coded.bytes.dropFirst(8).dropLast(missing)))
      let error = #expect(throws: TensogramError.self) { try read(writer.bytes, count: 1000, as: UInt16.self) }
      #expect(error?.text.contains("\(size - missing) bytes of coded symbols end at symbol") == true)
    }
  }
}
