import Testing

@testable import Tensogram

@Suite struct ShuffleTests {
  /// By the definition: byte i of element j goes to position i · n + j.
  static func shuffled(_ bytes: [UInt8], _ elementSize: Int) -> [UInt8] {
    let count = bytes.count / elementSize
    var result = bytes
    for element in 0..<count {
      for byte in 0..<elementSize { result[byte * count + element] = bytes[element * elementSize + byte] }
    }
    return result
  }

  static let sizes = [1, 2, 3, 4, 5, 8, 16, 100, 70_000]

  @Test(arguments: sizes, [0, 1, 15, 16, 17, 1000, 70_001])
  func kernels(elementSize: Int, count: Int) throws {
    let input = SeededGenerator.bytes(elementSize > 100 ? elementSize * min(count, 3) : elementSize * count)
    let expected = Self.shuffled(input, elementSize)
    for workers in [1, 4] {
      let shuffled = try transformed(input) { (source, output) throws(TensogramError) in
        try Shuffle(elementSize: elementSize).encode(source, into: &output, workers: Workers(workers))
      }
      #expect(shuffled == expected)
      let restored = try transformed(expected) { (source, output) throws(TensogramError) in
        try Shuffle(elementSize: elementSize).decode(source, into: &output, workers: Workers(workers))
      }
      #expect(restored == input)
    }
  }

  /// With counts that tiles divide, and others.
  @Test(arguments: [1, 2, 3, 4, 8, 16, 100, 70_000], [1, 4])
  func inPlace(elementSize: Int, workers: Int) throws {
    for count in [0, 1, 17, 16_384, 40_000, 100_003, 131_072] {
      let input = SeededGenerator.bytes(elementSize * (elementSize > 100 ? min(count, 3) : count))
      let restored = try transformed(Self.shuffled(input, elementSize)) { (source, output) throws(TensogramError) in
        output.copy(source)
        try Shuffle(elementSize: elementSize).decode(inPlace: &output, workers: Workers(workers))
      }
      #expect(restored == input, "\(count) elements")
    }
  }

  private func transformed(
    _ input: [UInt8], _ body: (RawSpan, inout MutableRawSpan) throws(TensogramError) -> Void
  ) throws -> [UInt8] {
    var buffer = try ScratchBuffer(byteCount: input.count)
    var output = buffer.mutableBytes
    try body(input.span.bytes, &output)
    return buffer.array(input.count)
  }
}
