@testable import Tensogram

extension CompressionStage {
  func encoded(_ input: [UInt8], workers: Workers) throws -> [UInt8] {
    var buffer = try ScratchBuffer(byteCount: maximumEncodedSize(input.count))
    let size = try buffer.withOutput { (output) throws(TensogramError) in
      _ = try encode(input.span.bytes, into: &output, workers: workers)
    }
    return buffer.array(size)
  }

  func decoded(_ payload: [UInt8], size: Int, workers: Workers) throws -> [UInt8] {
    var buffer = try ScratchBuffer(byteCount: size)
    var output = buffer.mutableBytes
    try decode(payload.span.bytes, into: &output, workers: workers)
    return buffer.array(size)
  }

  func decoded(
    _ range: Range<Int>, of size: Int, from source: any ByteSource, workers: Workers = Workers()
  ) throws -> [UInt8] {
    var buffer = try ScratchBuffer(byteCount: range.count)
    var output = buffer.mutableBytes
    let payload = PayloadWindow(source, 0..<(try source.count()))
    try decode(range, of: size, from: payload, into: &output, workers: workers)
    return buffer.array(range.count)
  }
}

/// Steps that the scripts under `Tests/Fixtures` take too.
func walk(_ count: Int) -> [Int] {
  var state: UInt32 = 1
  var position = 0
  return (0..<count).map { _ in
    state = state &* 1_664_525 &+ 1_013_904_223
    position += Int(state >> 24) - 127
    return position
  }
}

/// The bytes of elements in this machine's order.
func bytes<Element: BitwiseCopyable>(of elements: [Element]) -> [UInt8] {
  elements.withUnsafeBytes { Array($0) }
}

/// A copy of `bytes` with damage of a kind that finds what a decoder takes for granted.
func damaged(_ bytes: [UInt8], using generator: inout SeededGenerator) -> [UInt8] {
  var bytes = bytes
  let position = Int.random(in: 0..<bytes.count, using: &generator)
  switch Int.random(in: 0..<5, using: &generator) {
  case 0: bytes[position] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
  case 1: bytes[position] = [0, 1, 0x7F, 0x80, 0xFF].randomElement(using: &generator) ?? 0
  case 2:
    let number = [0, -1, .max, .min, Int32(bytes.count), .random(in: .min ... .max, using: &generator)]
      .randomElement(using: &generator)
    for index in 0..<min(4, bytes.count - position) {
      bytes[position + index] = UInt8(truncatingIfNeeded: (number ?? 0) >> Int32(8 * index))
    }
  case 3:
    let length = min(Int.random(in: 1...32, using: &generator), bytes.count - position)
    let target = Int.random(in: 0...bytes.count - length, using: &generator)
    bytes.replaceSubrange(target..<target + length, with: Array(bytes[position..<position + length]))
  default: bytes.removeLast(bytes.count - position)
  }
  return bytes
}

extension SeededGenerator {
  /// The same noise each time.
  static func bytes(_ count: Int) -> [UInt8] {
    var generator = SeededGenerator(seed: 1)
    return (0..<count).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
  }
}
