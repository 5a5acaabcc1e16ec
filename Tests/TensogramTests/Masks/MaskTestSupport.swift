import Testing

@testable import Tensogram

extension MaskOptions {
  /// Everything allowed, and one method for all kinds.
  init(all method: MaskMethod, smallMaskSize: Int = 0) {
    self.init()
    allowsNaN = true
    allowsInfinity = true
    methods = PerKind(method)
    self.smallMaskSize = smallMaskSize
  }
}

/// Elements with their masks taken out, as they stand in a payload region.
struct MaskedElements {
  var payload: [UInt8]
  var masks: MaskBlobs

  /// Appended in blocks of `blockLength` elements.
  init(
    _ bytes: [UInt8], _ dtype: DType, _ order: ByteOrder, _ options: MaskOptions, blockLength: Int = .max
  ) throws {
    let count = bytes.count / dtype.width
    var writer = MaskWriter(dtype: dtype, order: order, count: count, options: options)
    var buffer = try ScratchBuffer(byteCount: bytes.count)
    _ = try buffer.withOutput { (output) throws(TensogramError) in
      for first in stride(from: 0, to: count, by: min(blockLength, max(count, 1))) {
        let end = min(first + min(blockLength, count), count)
        try writer.append(bytes.span.bytes.extracting(first * dtype.width..<end * dtype.width), to: &output)
      }
    }
    payload = buffer.array(bytes.count)
    masks = try writer.blobs()
    #expect(writer.isEmpty == masks.isEmpty)
  }

  var region: PayloadWindow {
    let bytes = payload + masks.blobs.flatMap(\.bytes)
    // Bytes in front, so that offsets count from the region and not from the source.
    return PayloadWindow(MemorySource(copying: [1, 2, 3] + bytes), 3..<3 + bytes.count)
  }

  func reader(_ dtype: DType) throws(TensogramError) -> MaskReader {
    let entries = masks.descriptorEntry(payloadSize: payload.count) ?? CBORMap()
    return try MaskReader(entries, in: region, dtype: dtype, count: payload.count / dtype.width)
  }
}

extension MaskReader {
  /// `elements` of a whole payload, with the masked values put back.
  func restored(
    _ elements: Range<Int>, of payload: [UInt8], _ dtype: DType, _ order: ByteOrder
  ) throws -> [UInt8] {
    var part = Array(payload[elements.lowerBound * dtype.width..<elements.upperBound * dtype.width])
    try edit(&part) { (span) throws(TensogramError) in try restore(elements, in: &span, order: order) }
    return part
  }

  func flags(of kind: NonFinite.Kind, _ elements: Range<Int>) throws -> [Bool] {
    var flags = [UInt8](repeating: 7, count: elements.count)
    try edit(&flags) { (span) throws(TensogramError) in try fillFlags(of: kind, elements, into: &span) }
    return flags.map { $0 == 1 }
  }
}

/// `bytes` with other bytes in place of all elements that are not finite, the plain way.
func replacingNonFinite(
  _ bytes: [UInt8], _ dtype: DType, _ order: ByteOrder, _ replacement: (NonFinite.Kind) -> UInt64
) -> [UInt8] {
  var result = bytes
  for (index, kind) in plainKinds(bytes, dtype, order).enumerated() {
    guard let kind else { continue }
    let scalar = order.bytes(replacement(kind), dtype.swapWidth)
    let element = [[UInt8]](repeating: scalar, count: dtype.parts).flatMap { $0 }
    result.replaceSubrange(index * dtype.width..<(index + 1) * dtype.width, with: element)
  }
  return result
}

extension DType {
  /// What decoding puts back, as the wire format (§5.1) has it.
  func canonical(_ kind: NonFinite.Kind) -> UInt64 {
    switch (kind, self) {
    case (.nan, .float16): 0x7e00
    case (.nan, .bfloat16): 0x7fc0
    case (.nan, .float32), (.nan, .complex64): 0x7fc0_0000
    case (.nan, _): 0x7ff8_0000_0000_0000
    case (.positiveInfinity, _): scalarBits(.infinity)
    case (.negativeInfinity, _): scalarBits(-.infinity)
    }
  }
}

/// Lets `body` change bytes in place.
private func edit(
  _ bytes: inout [UInt8], _ body: (inout MutableRawSpan) throws(TensogramError) -> Void
) throws(TensogramError) {
  let result: Result<Void, TensogramError> = bytes.withUnsafeMutableBytes { bytes in
    var span = MutableRawSpan(_unsafeBytes: bytes)
    do throws(TensogramError) { return .success(try body(&span)) } catch { return .failure(error) }
  }
  try result.get()
}
