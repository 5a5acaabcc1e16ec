import Testing

@testable import Tensogram

@Suite struct MessageEncoderTests {
  static let pipelines: [(filter: String, compression: String)] = [
    ("none", "none"), ("none", "zstd"), ("none", "lz4"), ("shuffle", "none"), ("shuffle", "zstd"), ("shuffle", "lz4"),
  ]

  @Test(arguments: pipelines, [ByteOrder.little, .big])
  func valuesSurvive(_ pipeline: (filter: String, compression: String), _ order: ByteOrder) throws {
    let values = (0..<5000).map { Float($0) * 0.5 }
    let descriptor = DataObjectDescriptor(
      shape: try Shape([50, 100]), dtype: .float32, byteOrder: order, filter: pipeline.filter,
      compression: pipeline.compression)
    let bytes = try encodeMessage(objects: [(descriptor, values), (descriptor, values.reversed())])
    #expect(bytes.count % 8 == 0)
    let message = try MessageReader(MemorySource(copying: bytes))
    #expect(message.layout.range == 0..<bytes.count)
    #expect(try message.elements(0, as: Float.self, verifyHash: true) == values)
    #expect(try message.elements(1, as: Float.self, verifyHash: true) == values.reversed())
    var written = descriptor
    if pipeline.filter == "shuffle" { written.parameters["shuffle_element_size"] = .unsigned(4) }
    #expect(try message.descriptor(1) == written)
  }

  /// Packed values come back within half a step, through every stage behind the packing.
  @Test(arguments: [8, 12, 16, 24, 31, 32, 64], pipelines)
  func packedValuesSurvive(bits: Int, _ pipeline: (filter: String, compression: String)) throws {
    let values: [Double] = (0..<1001).map { (index: Int) -> Double in 250 + Double(index * 37 % 1001) * 0.01 }
    var parameters = CBORMap()
    parameters["sp_bits_per_value"] = CBORValue(bits)
    let descriptor = DataObjectDescriptor(
      shape: try Shape([7, 143]), dtype: .float64, byteOrder: .big, encoding: "simple_packing",
      filter: pipeline.filter, compression: pipeline.compression, parameters: parameters)
    let bytes = pipeline.filter == "shuffle" && bits % 8 != 0 ? nil : try encodeMessage(objects: [(descriptor, values)])
    guard let bytes else { return }
    let message = try MessageReader(MemorySource(copying: bytes))
    let decoded = try message.elements(0, as: Double.self, verifyHash: true)
    let levels = (1 << min(bits, 40)) - 1
    let step = 10.01 / Double(levels)
    #expect(zip(values, decoded).allSatisfy { abs($0 - $1) <= step })
    guard pipeline == ("none", "none") else { return }
    let part = [Selection.Axis(start: 6, step: -2, count: 3), Selection.Axis(start: 3, step: 5, count: 20)]
    var expected: [Double] = []
    for row in [6, 4, 2] { for column in 0..<20 { expected.append(decoded[row * 143 + 3 + 5 * column]) } }
    #expect(try message.elements(0, part, as: Double.self) == expected)
  }

  @Test(arguments: [[], [0], [3], [2, 0, 4], [2, 3, 2, 2]])
  func everyShapeSurvives(extents: [Int]) throws {
    let shape = try Shape(extents)
    let values = (0..<shape.count).map { Int64($0) &* -7 }
    for pipeline in Self.pipelines {
      let descriptor = DataObjectDescriptor(
        shape: shape, dtype: .int64, filter: pipeline.filter, compression: pipeline.compression)
      let message = try MessageReader(MemorySource(copying: encodeMessage(objects: [(descriptor, values)])))
      #expect(try message.elements(0, as: Int64.self) == values)
    }
  }

  @Test func metadataGetsProvenanceAndTensor() throws {
    var entry = CBORMap()
    entry["name"] = .text("t")
    var extra = CBORMap()
    extra["run"] = .unsigned(6)
    let descriptor = DataObjectDescriptor(shape: try Shape([2, 3]), dtype: .float32)
    let bytes = try encodeMessage(
      Metadata(base: [entry], extra: extra), objects: [(descriptor, [Float](repeating: 1, count: 6))])
    let metadata = try MessageReader(MemorySource(copying: bytes)).metadata()
    #expect(metadata.extra == extra)
    #expect(metadata.base[0]["name"] == .text("t"))
    #expect(metadata.reserved["encoder"]?.map?["name"] == .text("tensogram-swift"))
    let tensor = try #require(metadata.base[0]["_reserved_"]?.map?["tensor"]?.map)
    #expect(tensor["shape"] == .array([.unsigned(2), .unsigned(3)]))
    #expect(tensor["strides"] == .array([.unsigned(3), .unsigned(1)]))
  }

  @Test(arguments: [EncodeOptions.HashDirectory.none, .header, .footer, .both], [true, false])
  func hashDirectories(_ directory: EncodeOptions.HashDirectory, isHashed: Bool) throws {
    let descriptor = DataObjectDescriptor(shape: try Shape([4]), dtype: .uint8, compression: "zstd")
    let bytes = try encodeMessage(
      objects: [(descriptor, [UInt8]([1, 2, 3, 4]))],
      options: EncodeOptions(isHashed: isHashed, hashDirectory: directory))
    let message = try MessageReader(MemorySource(copying: bytes))
    let types = Set(message.layout.directories.map(\.type))
    #expect(types.contains(.headerHashes) == (isHashed && (directory == .header || directory == .both)))
    #expect(types.contains(.footerHashes) == (isHashed && (directory == .footer || directory == .both)))
    #expect(message.layout.flags.contains(.hashed) == isHashed)
    #expect(try message.elements(0, as: UInt8.self) == [1, 2, 3, 4])
  }

  /// The index that is written must be that of the frames that are found without it.
  @Test(arguments: [1, 3, 40, 300])
  func indexIsThatOfTheFrames(count: Int) throws {
    for compression in ["none", "zstd"] {
      let descriptor = DataObjectDescriptor(shape: try Shape([7]), dtype: .uint8, compression: compression)
      let objects = (0..<count).map { (descriptor, [UInt8](repeating: UInt8($0 % 256), count: 7)) }
      let source = MemorySource(copying: try encodeMessage(objects: objects))
      let message = try MessageReader(source)
      let index = try #require(message.layout.directories.first { $0.type == .headerIndex })
      let map = try source.withBytes(index.body) { (bytes) throws(TensogramError) in try CBORReader.decode(bytes) }.map
      #expect(map?["offsets"]?.array?.map(\.int) == message.layout.objects.map { $0.frame.range.lowerBound })
      #expect(map?["lengths"]?.array?.map(\.int) == message.layout.objects.map { $0.frame.range.count })
    }
  }
}
