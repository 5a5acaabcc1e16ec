/// Takes NaN and infinities out of an object's elements, and writes down where they were.
///
///     var masks = MaskWriter(dtype: .float32, order: .native, count: n, options: options)
///     try masks.append(values, to: &output)            // the elements, zeros for what was taken out
///     let blobs = try masks.blobs()                    // after the payload: blobs.append(to:…)
///
/// An element that the options do not allow is an encoding error with its index. Elements are looked at once, while they
/// are copied; where whole blocks are finite, at the speed of that.
struct MaskWriter {
  private let dtype: DType
  private let order: ByteOrder
  private let count: Int
  private let options: MaskOptions
  private let layout: FloatLayout?
  /// Packed bits of the kinds that were found.
  private var bits = PerKind<[UInt8]?>(nil)
  /// Elements seen so far.
  private var position = 0

  /// For `count` elements of `dtype` in `order`; of a dtype that knows only finite values nothing is taken out.
  init(dtype: DType, order: ByteOrder, count: Int, options: MaskOptions) {
    self.dtype = dtype
    self.order = order
    self.count = count
    self.options = options
    layout = FloatLayout(dtype, order)
  }

  /// Whether nothing was taken out.
  var isEmpty: Bool { NonFinite.Kind.allCases.allSatisfy { bits[$0] == nil } }

  /// Appends the next elements, in their own byte order; there must be room. Each block but the last has a multiple of
  /// 64 elements.
  mutating func append(_ block: RawSpan, to output: inout OutputRawSpan) throws(TensogramError) {
    guard let layout else { return output.append(copying: block) }
    precondition(block.byteCount % dtype.width == 0 && position % NonFiniteExtraction.groupLength == 0)
    let extraction = NonFiniteExtraction(layout)
    try output.append(count: block.byteCount) { (target) throws(TensogramError) in
      for offset in stride(from: 0, to: block.byteCount, by: ExponentScan.blockSize) {
        let range = offset..<min(offset + ExponentScan.blockSize, block.byteCount)
        let part = block.extracting(range)
        if extraction.isFinite(part) {
          target.copy(part, at: offset)
        } else {
          try extract(part, at: offset, extraction, into: &target)
        }
        position += range.count / dtype.width
      }
    }
  }

  private mutating func extract(
    _ part: RawSpan, at offset: Int, _ extraction: NonFiniteExtraction, into target: inout MutableRawSpan
  ) throws(TensogramError) {
    let groupSize = NonFiniteExtraction.groupLength * dtype.width
    for start in stride(from: 0, to: part.byteCount, by: groupSize) {
      let group = part.extracting(start..<min(start + groupSize, part.byteCount))
      let found = extraction.copy(group, to: &target, at: offset + start)
      if found.all == 0 { continue }
      let first = position + start / dtype.width
      try refuse(found, in: group, firstIndex: first)
      for kind in NonFinite.Kind.allCases where found[kind] != 0 { set(found[kind], kind, at: first) }
    }
  }

  /// Throws for the first element of a group that must not be.
  private func refuse(
    _ found: NonFiniteExtraction.Found, in group: RawSpan, firstIndex: Int
  ) throws(TensogramError) {
    var refused: UInt64 = 0
    for kind in NonFinite.Kind.allCases where !options.allows(kind) { refused |= found[kind] }
    if refused == 0 { return }
    let index = refused.leadingZeroBitCount
    let element = group.extracting(index * dtype.width..<(index + 1) * dtype.width)
    try NonFinite.refuse(in: element, dtype: dtype, byteOrder: order, firstIndex: firstIndex + index)
  }

  /// Notes 64 elements from number `first` on, the first in the most significant bit.
  private mutating func set(_ word: UInt64, _ kind: NonFinite.Kind, at first: Int) {
    if bits[kind] == nil { bits[kind] = [UInt8](repeating: 0, count: PackedBits.byteCount(count)) }
    for byte in 0..<8 where first / 8 + byte < PackedBits.byteCount(count) {
      bits[kind]?[first / 8 + byte] = UInt8(truncatingIfNeeded: word >> UInt64(56 - 8 * byte))
    }
  }

  /// The masks of all elements, compressed as the options say.
  func blobs() throws(TensogramError) -> MaskBlobs {
    var blobs = MaskBlobs()
    for kind in [NonFinite.Kind.positiveInfinity, .negativeInfinity, .nan] {
      guard let packed = bits[kind] else { continue }
      let method = packed.count <= options.smallMaskSize ? .none : options.methods[kind]
      blobs.blobs.append(try Self.blob(packed, kind, method, count))
    }
    return blobs
  }

  private static func blob(
    _ packed: [UInt8], _ kind: NonFinite.Kind, _ method: MaskMethod, _ count: Int
  ) throws(TensogramError) -> MaskBlobs.Blob {
    // Bytes have no padding.
    let bits = unsafe packed.span.bytes
    if let codec = MaskCodec.codec(method) {
      return .init(kind: kind, method: method, parameters: codec.parameters, bytes: try codec.compress(bits))
    }
    switch method {
    case .rle:
      return .init(kind: kind, method: .rle, bytes: RunLengths.encode(bits, bitCount: count))
    case .roaring where count <= RoaringWriter.mostBits:
      return .init(kind: kind, method: .roaring, bytes: RoaringWriter.encode(bits, bitCount: count))
    default:
      return .init(kind: kind, method: .none, bytes: packed)
    }
  }
}

/// Masks as they stand behind a payload.
struct MaskBlobs {
  struct Blob {
    var kind: NonFinite.Kind
    var method: MaskMethod
    var parameters: CBORMap?
    var bytes: [UInt8]
  }

  /// In the order they are written.
  var blobs: [Blob] = []

  var isEmpty: Bool { blobs.isEmpty }
  var byteCount: Int { blobs.reduce(0) { $0 + $1.bytes.count } }

  /// What the descriptor says of them, behind a payload of `payloadSize` bytes; `nil` where there are none.
  func descriptorEntry(payloadSize: Int) -> CBORMap? {
    if blobs.isEmpty { return nil }
    var masks = CBORMap()
    var offset = payloadSize
    for blob in blobs {
      var entry = CBORMap()
      entry["method"] = .text(blob.method.rawValue)
      entry["offset"] = CBORValue(offset)
      entry["length"] = CBORValue(blob.bytes.count)
      if let parameters = blob.parameters { entry["params"] = .map(parameters) }
      masks[blob.kind.maskKey] = .map(entry)
      offset += blob.bytes.count
    }
    return masks
  }

  /// Appends the blobs; there must be room for ``byteCount``.
  func append(to output: inout OutputRawSpan) {
    for blob in blobs { output.append(copying: blob.bytes) }
  }
}
