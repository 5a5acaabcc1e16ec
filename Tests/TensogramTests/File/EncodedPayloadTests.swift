import Testing

@testable import Tensogram

@Suite struct EncodedPayloadTests {
  static func parameters(_ entries: [(String, CBORValue)]) -> CBORMap {
    var map = CBORMap()
    for (key, value) in entries { map[key] = value }
    return map
  }

  static let packing: [(String, CBORValue)] = [
    ("sp_bits_per_value", .unsigned(12)), ("sp_reference_value", .float(1)), ("sp_binary_scale_factor", .unsigned(2)),
    ("sp_decimal_scale_factor", .unsigned(0)),
  ]

  static func encode(_ descriptor: DataObjectDescriptor, _ payload: [UInt8]) throws -> [UInt8] {
    let buffer = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: payload.count)
    defer { buffer.deallocate() }
    _ = buffer.initialize(from: payload)
    let object = DataObject(descriptor, payload: UnsafeRawBufferPointer(buffer))
    return try MessageEncoder(Metadata(), [object]).encode()
  }

  @Test func payloadIsStoredUntouched() throws {
    let nan: [UInt8] = [0, 0, 0xC0, 0x7F, 0, 0, 0x80, 0x7F]
    let descriptor = DataObjectDescriptor(shape: try Shape([2]), dtype: .float32, byteOrder: .little)
    let bytes = try Self.encode(descriptor, nan)
    let message = try MessageReader(MemorySource(copying: bytes))
    #expect(try message.elements(0, as: UInt8.self, verifyHash: true) == nan)
    #expect(try message.descriptor(0) == descriptor)
  }

  @Test func compressedElsewhere() throws {
    let values = (0..<1000).map { Float($0) }
    let descriptor = DataObjectDescriptor(shape: try Shape([1000]), dtype: .float32, compression: "zstd")
    let first = try encodeMessage(objects: [(descriptor, values)])
    let object = try MessageReader(MemorySource(copying: first)).located(0)
    let bytes = try Self.encode(descriptor, Array(first[object.payload]))
    #expect(try MessageReader(MemorySource(copying: bytes)).elements(0, as: Float.self) == values)
  }

  @Test(arguments: [
    (7, "does not match expected 6"), (5, "does not match expected 6"),
  ])
  func packedSizeMustMatch(size: Int, text: String) throws {
    let descriptor = DataObjectDescriptor(
      shape: try Shape([4]), dtype: .float64, encoding: "simple_packing", parameters: Self.parameters(Self.packing))
    let error = #expect(throws: TensogramError.self) {
      try Self.encode(descriptor, [UInt8](repeating: 0, count: size))
    }
    #expect(error?.text.contains(text) == true)
    _ = try Self.encode(descriptor, [UInt8](repeating: 0, count: 6))
  }

  @Test(arguments: packing.map(\.0))
  func allPackingParametersAreNeeded(missing: String) throws {
    let descriptor = DataObjectDescriptor(
      shape: try Shape([4]), dtype: .float64, encoding: "simple_packing",
      parameters: Self.parameters(Self.packing.filter { $0.0 != missing }))
    let error = #expect(throws: TensogramError.self) {
      try Self.encode(descriptor, [UInt8](repeating: 0, count: 6))
    }
    #expect(error?.text.contains(missing) == true || error?.text.contains("sp_reference_value") == true)
  }
}
