import Testing

@testable import Tensogram

/// Messages that the published package wrote; see `Tests/Fixtures/packing/make_masks.py`.
@Suite struct PublishedMasksTests {
  struct Message {
    var descriptor: DataObjectDescriptor
    var region: PayloadWindow
    var payload: [UInt8]
    var method: MaskMethod
  }

  static func messages() throws -> [Message] {
    let source = try FileSource(path: Fixture.path("packing/masks.tgm"))
    var messages: [Message] = []
    var position = 0
    while try position < source.count() {
      let reader = try MessageReader(source, at: position)
      let object = try reader.located(0)
      let payload = try source.withBytes(object.payload) { (bytes) throws(TensogramError) in bytes.array }
      messages.append(
        Message(
          descriptor: object.descriptor, region: PayloadWindow(source, object.payloadRegion), payload: payload,
          method: try MaskMethod(name: object.descriptor.parameters["method"]?.text ?? "")))
      position = reader.layout.range.upperBound
    }
    return messages
  }

  /// The elements as the script made them.
  private func original(_ dtype: DType, _ order: ByteOrder) -> [UInt8] {
    (0..<100).flatMap { index -> [UInt8] in
      let value =
        index % 7 == 3 ? .nan : index % 11 == 5 ? .infinity : index % 13 == 6 ? -.infinity : Double(index)
      let other = Double(index) + 0.5
      let parts = dtype.isComplex ? (index % 2 == 0 ? [other, value] : [value, other]) : [value]
      return parts.flatMap { order.bytes(dtype.scalarBits($0), dtype.swapWidth) }
    }
  }

  @Test func areRestored() throws {
    let messages = try Self.messages()
    #expect(messages.count == 36)
    for message in messages {
      let (dtype, order) = (message.descriptor.dtype, message.descriptor.byteOrder)
      let entries = try #require(message.descriptor.masks)
      let reader = try MaskReader(entries, in: message.region, dtype: dtype, count: 100)
      let original = original(dtype, order)
      let expected = replacingNonFinite(original, dtype, order, dtype.canonical)
      for elements in [0..<100, 0..<0, 3..<4, 10..<77, 99..<100] {
        let restored = try reader.restored(elements, of: message.payload, dtype, order)
        #expect(restored == Array(expected[elements.lowerBound * dtype.width..<elements.upperBound * dtype.width]))
      }
      let kinds = plainKinds(original, dtype, order)
      for kind in NonFinite.Kind.allCases {
        #expect(try reader.flags(of: kind, 5..<90) == kinds[5..<90].map { $0 == kind })
      }
    }
  }

  @Test func areWhatIsWrittenHere() throws {
    for message in try Self.messages() {
      let (dtype, order) = (message.descriptor.dtype, message.descriptor.byteOrder)
      let masked = try MaskedElements(original(dtype, order), dtype, order, MaskOptions(all: message.method))
      #expect(masked.payload == message.payload)
      for blob in masked.masks.blobs where [.none, .rle, .roaring].contains(blob.method) {
        let entry = message.descriptor.masks?[blob.kind.maskKey]?.map
        let offset = try #require(entry?["offset"]?.int)
        let length = try #require(entry?["length"]?.int)
        let published = try message.region.withBytes(offset..<offset + length) { (bytes) throws(TensogramError) in
          bytes.array
        }
        #expect(blob.bytes == published, "\(dtype) \(blob.method) \(blob.kind)")
        #expect(entry?["method"]?.text == blob.method.rawValue)
      }
    }
  }
}
