import Testing

@testable import Tensogram

@Suite struct MaskedMessageTests {
  static let values: [Float] = (0..<3000).map { (index: Int) -> Float in
    index % 7 == 3 ? .nan : index % 500 == 9 ? .infinity : index % 611 == 1 ? -.infinity : Float(index)
  }

  static func options(_ method: MaskMethod, isHashed: Bool = true) -> EncodeOptions {
    var masks = MaskOptions()
    masks.allowsNaN = true
    masks.allowsInfinity = true
    masks.methods = PerKind(method)
    masks.smallMaskSize = 0
    return EncodeOptions(isHashed: isHashed, masks: masks)
  }

  static func bits(_ values: [Float]) -> [UInt32] { values.map(\.bitPattern) }

  @Test(arguments: [MaskMethod.none, .rle, .roaring, .zstd, .lz4], MessageEncoderTests.pipelines)
  func valuesSurvive(_ method: MaskMethod, _ pipeline: (filter: String, compression: String)) throws {
    for order in [ByteOrder.little, .big] {
      var descriptor = DataObjectDescriptor(
        shape: try Shape([60, 50]), dtype: .float32, byteOrder: order, filter: pipeline.filter,
        compression: pipeline.compression)
      if pipeline.filter == "shuffle" { descriptor.parameters["shuffle_element_size"] = .unsigned(4) }
      let bytes = try encodeMessage(
        objects: [(descriptor, Self.values), (descriptor, Self.values.map { $0.isFinite ? $0 : 0 })],
        options: Self.options(method))
      let message = try MessageReader(MemorySource(copying: bytes))
      #expect(Self.bits(try message.elements(0, as: Float.self, verifyHash: true)) == Self.bits(Self.values))
      // Without a non-finite element the object is as without the option.
      var written = descriptor
      if pipeline.filter == "shuffle" { written.parameters["shuffle_element_size"] = .unsigned(4) }
      #expect(try message.descriptor(1) == written)
      guard try message.supportsRanges(message.located(0)) else { continue }
      let part = [Selection.Axis(start: 50, step: -3, count: 9), Selection.Axis(start: 3, count: 40)]
      var expected: [Float] = []
      for row in stride(from: 50, to: 25, by: -3) { expected += Self.values[row * 50 + 3..<row * 50 + 43] }
      #expect(Self.bits(try message.elements(0, part, as: Float.self)) == Self.bits(expected))
    }
  }

  @Test func zerosStandInWhereNothingIsRestored() throws {
    let descriptor = DataObjectDescriptor(shape: try Shape([3000]), dtype: .float32)
    let bytes = try encodeMessage(objects: [(descriptor, Self.values)], options: Self.options(.roaring))
    let message = try MessageReader(MemorySource(copying: bytes))
    let object = try message.located(0)
    var buffer = try ScratchBuffer(byteCount: 12_000)
    var output = buffer.mutableBytes
    try message.read(object, into: &output, options: DecodeOptions(restoresNonFinite: false))
    #expect(buffer.elements(as: Float.self) == Self.values.map { $0.isFinite ? $0 : 0 })
    #expect(try message.masks(object)?.kinds == [.nan, .positiveInfinity, .negativeInfinity])
  }

  @Test func eachPermissionIsItsOwn() throws {
    let descriptor = DataObjectDescriptor(shape: try Shape([2]), dtype: .float32)
    var options = EncodeOptions()
    options.masks.allowsNaN = true
    _ = try encodeMessage(objects: [(descriptor, [Float.nan, 1])], options: options)
    let error = #expect(throws: TensogramError.self) {
      try encodeMessage(objects: [(descriptor, [Float.nan, -.infinity])], options: options)
    }
    #expect(error?.text.contains("-Inf at element 1 of float32") == true)
  }

  /// Sizes around the places where the numbers of the index take one more byte.
  @Test func masksMayMakeTheIndexLonger() throws {
    for count in stride(from: 50, to: 16_600, by: 331) {
      let descriptor = DataObjectDescriptor(shape: try Shape([count]), dtype: .float32)
      let values = [Float](repeating: .nan, count: count)
      let bytes = try encodeMessage(
        objects: [(descriptor, values), (descriptor, values)], options: Self.options(.none))
      let source = MemorySource(copying: bytes)
      let message = try MessageReader(source)
      let index = try #require(message.layout.directories.first { $0.type == .headerIndex })
      let map = try source.withBytes(index.body) { (bytes) throws(TensogramError) in try CBORReader.decode(bytes) }.map
      #expect(map?["offsets"]?.array?.map(\.int) == message.layout.objects.map { $0.frame.range.lowerBound })
      #expect(try message.elements(1, as: Float.self, verifyHash: true).allSatisfy(\.isNaN))
    }
  }
}
