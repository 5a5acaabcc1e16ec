import Glibc
import Tensogram
import Testing

@testable import TensogramArrays

/// Objects of files as arrays, through pipelines that decode parts and such that do not.
@Suite final class StoredObjectTests {
  let path: String
  let file: TensogramFile

  init() throws {
    var template = Array("/tmp/tensogram-arrays-XXXXXX".utf8CString)
    close(mkstemp(&template))
    path = String(cString: template)
    file = try TensogramFile.create(path)
  }

  deinit { unlink(path) }

  /// Appends a message with an object for each array.
  func append(
    _ arrays: [PlainArray], encoding: String = "none", filter: String = "none", compression: String = "none",
    byteOrder: ByteOrder = .little, parameters: [(String, CBORValue)] = []
  ) throws {
    let buffers = arrays.map { array in
      let buffer = UnsafeMutableBufferPointer<Double>.allocate(capacity: array.numbers.count)
      _ = buffer.initialize(from: array.numbers)
      return buffer
    }
    defer { buffers.forEach { $0.deallocate() } }
    var map = CBORMap()
    for (key, value) in parameters { map[key] = value }
    let objects = try zip(arrays, buffers).map { array, buffer in
      let descriptor = DataObjectDescriptor(
        shape: try Shape(array.shape), dtype: .float64, byteOrder: byteOrder, encoding: encoding, filter: filter,
        compression: compression, parameters: map)
      return DataObject(descriptor, data: UnsafeRawBufferPointer(buffer))
    }
    try file.append(MessageEncoder(Metadata(), objects).encode())
  }

  struct Pipeline: Sendable, CustomTestStringConvertible {
    var encoding = "none"
    var filter = "none"
    var compression = "none"
    var byteOrder = ByteOrder.little
    var parameters: [(String, CBORValue)] = []

    var testDescription: String { "\(encoding) \(filter) \(compression) \(byteOrder)" }
  }

  static let packed: [(String, CBORValue)] = [
    ("sp_bits_per_value", .unsigned(24)), ("sp_reference_value", .float(-128)),
    ("sp_binary_scale_factor", .negative(2)),
    ("sp_decimal_scale_factor", .unsigned(0)),
  ]
  static let szip: [(String, CBORValue)] = [
    ("szip_rsi", .unsigned(128)), ("szip_block_size", .unsigned(16)), ("szip_flags", .unsigned(8)),
  ]

  @Test(arguments: [
    Pipeline(), Pipeline(byteOrder: .big), Pipeline(compression: "zstd"),
    Pipeline(filter: "shuffle", compression: "lz4", parameters: [("shuffle_element_size", .unsigned(8))]),
    Pipeline(encoding: "simple_packing", parameters: packed),
    Pipeline(encoding: "simple_packing", compression: "szip", parameters: packed + szip),
  ])
  func readsWhatWasWritten(_ pipeline: Pipeline) throws {
    let plain = PlainArray([30, 40], seed: 3)
    try append(
      [plain], encoding: pipeline.encoding, filter: pipeline.filter, compression: pipeline.compression,
      byteOrder: pipeline.byteOrder, parameters: pipeline.parameters)
    let grid = ChunkGrid([AxisChunks(sizes: [7, 20, 3]), AxisChunks(extent: 40, size: 17)])
    let array = try LazyArray(storedIn: file, message: 0, object: 0, grid: grid)
    #expect(array.elementType == .float64)
    try expect(array, equals: plain)
    try expect(try array.max(along: [0]), equals: plain.reduced([0]) { $0.max() ?? .nan })
    let part = Region([.init(start: 29, step: -3, count: 10), .init(start: 1, step: 13, count: 3)])
    try expect(
      try array.selecting(part), equals: PlainArray([10, 3]) { plain[[29 - 3 * $0[0], 1 + 13 * $0[1]]] })
  }

  @Test func computesStatisticsOfManyObjectsInOnePass() throws {
    let fields = (0..<12).map { PlainArray([20, 25], seed: $0) }
    for step in 0..<4 { try append(Array(fields[3 * step..<3 * step + 3])) }
    let steps = try (0..<4).map { message in
      try LazyArray.stacked((0..<3).map { try LazyArray(storedIn: file, message: message, object: $0) })
    }
    let field = try LazyArray.stacked(steps)
    #expect(field.shape == [4, 3, 20, 25])
    #expect(field.grid.blockCount == 12)
    let results = try LazyArray.compute([field.mean(), field.std(), field.min(), field.max()]).map { $0.numbers[0] }
    let all = fields.flatMap(\.numbers)
    let mean = all.reduce(0, +) / Double(all.count)
    let variance = all.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(all.count)
    #expect(abs(results[0] - mean) < 1e-12)
    #expect(abs(results[1] - variance.squareRoot()) < 1e-11)
    #expect(results[2] == all.min() && results[3] == all.max())
  }

  @Test func tellsWhatIsNotThere() throws {
    try append([PlainArray([3], seed: 1)])
    let wrong = ChunkGrid(whole: [4])
    #expect(throws: ArrayError.self) { try LazyArray(storedIn: file, message: 0, object: 0, grid: wrong) }
    #expect(throws: TensogramError.self) { try LazyArray(storedIn: file, message: 0, object: 1) }
    #expect(throws: TensogramError.self) { try LazyArray(storedIn: file, message: 1, object: 0) }
  }
}
