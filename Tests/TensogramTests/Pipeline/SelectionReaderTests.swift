import Testing

@testable import Tensogram

@Suite struct SelectionReaderTests {
  /// The elements of a selection by arithmetic on their numbers, for an object that holds its element numbers.
  static func plain(_ axes: [Selection.Axis], _ strides: [Int]) -> [Int32] {
    var numbers = [0]
    for (axis, stride) in zip(axes, strides) {
      numbers = numbers.flatMap { base in (0..<axis.count).map { base + (axis.start + $0 * axis.step) * stride } }
    }
    return numbers.map { Int32($0) }
  }

  static func message(_ shape: Shape) throws -> [UInt8] {
    let descriptor = DataObjectDescriptor(shape: shape, dtype: .int32, byteOrder: .big)
    return try encodeMessage(objects: [(descriptor, (0..<Int32(shape.count)).map { $0 })])
  }

  @Test(arguments: [[40], [7, 9], [5, 1, 8], [3, 4, 5, 6], [300, 500]], 0..<20)
  func isWhatArithmeticGives(extents: [Int], seed: UInt64) throws {
    let shape = try Shape(extents)
    var generator = SeededGenerator(seed: seed)
    let axes = extents.map { extent in
      let step = [1, 1, 1, 2, 3, -1, -2].randomElement(using: &generator) ?? 1
      let start = Int.random(in: 0..<extent, using: &generator)
      let most = step > 0 ? (extent - 1 - start) / step + 1 : start / -step + 1
      return Selection.Axis(start: start, step: step, count: Int.random(in: 0...most, using: &generator))
    }
    let bytes = try Self.message(shape)
    let folder = TemporaryFolder()
    let file = try TensogramFile.create(folder.file("selection.tgm"))
    try file.append(bytes)
    let expected = Self.plain(axes, shape.strides)
    #expect(try MessageReader(MemorySource(copying: bytes)).elements(0, axes, as: Int32.self) == expected)
    #expect(try file.message(0).reader.elements(0, axes, as: Int32.self) == expected)
  }

  @Test func columnOfALargeArray() throws {
    let shape = try Shape([3000, 2000])
    let source = CountingSource(try Self.message(shape))
    let axes = [Selection.Axis(start: 2999, step: -3, count: 1000), Selection.Axis(start: 7, count: 1)]
    let message = try MessageReader(source)
    let before = source.bytesRead
    #expect(try message.elements(0, axes, as: Int32.self) == Self.plain(axes, shape.strides))
    #expect(source.bytesRead - before < 100_000)
  }

  /// A column of a compressed array: its blocks hold many rows each, and each is read and decoded once.
  @Test(arguments: ["blosc2", "szip"], [1, -3])
  func columnOfACompressedArray(compression: String, step: Int) throws {
    let shape = try Shape([4, 1500, 1000])
    let parameters = [("szip_rsi", 128), ("szip_block_size", 16), ("szip_flags", 8)].map { key, value in
      CBORMap.Entry(key: .text(key), value: CBORValue(value))
    }
    let descriptor = DataObjectDescriptor(
      shape: shape, dtype: .int32, compression: compression, parameters: CBORMap(entries: parameters))
    let bytes = try encodeMessage(objects: [(descriptor, (0..<Int32(shape.count)).map { $0 })])
    let axes = [
      Selection.Axis(start: 3, step: -1, count: 4),
      Selection.Axis(start: step > 0 ? 0 : 1499, step: step, count: 1500 / abs(step)),
      Selection.Axis(start: 900, step: -7, count: 20),
    ]
    let source = CountingSource(bytes)
    let message = try MessageReader(source)
    let before = source.bytesRead
    #expect(try message.elements(0, axes, as: Int32.self) == Self.plain(axes, shape.strides))
    #expect(source.bytesRead - before < 3 * bytes.count / 2)
  }

  @Test func stridedOverMoreThanOnePiece() throws {
    let shape = try Shape([4_000_000])
    let axes = [Selection.Axis(start: 3_999_999, step: -1000, count: 4000)]
    let source = CountingSource(try Self.message(shape))
    #expect(try MessageReader(source).elements(0, axes, as: Int32.self) == Self.plain(axes, shape.strides))
  }

  @Test(arguments: [
    [Selection.Axis(start: 4, count: 2)], [Selection.Axis(start: -1, count: 1)],
    [Selection.Axis(start: 0, step: Int.max, count: 3)], [Selection.Axis(start: 0, step: 0, count: 2)],
    [Selection.Axis(start: 1, step: -1, count: 3)], [],
  ])
  func outsideIsAnError(axes: [Selection.Axis]) throws {
    #expect(throws: TensogramError.self) { try Selection(axes, of: Shape([5])) }
  }
}
