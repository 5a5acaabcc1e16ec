/// The masks of one object, decoded; puts NaN and infinities back (wire format §5.1).
///
///     let masks = try MaskReader(descriptor.masks, in: payloadRegion, dtype: .float32, count: n)
///     try masks.restore(100..<200, in: &values, order: .native)
///
/// A value may serve many threads at once.
public struct MaskReader: Sendable {
  private let layout: FloatLayout
  private let width: Int
  private let count: Int
  private let masks: PerKind<DecodedMask?>

  /// Decodes the masks that a descriptor lists.
  ///
  /// `payloadRegion` is what their offsets count in. A mask outside it is a framing error, one that is incomplete or of
  /// an unknown kind a metadata error, one that cannot be decoded to exactly `count` bits an encoding error.
  public init(
    _ entries: CBORMap, in payloadRegion: PayloadWindow, dtype: DType, count: Int
  ) throws(TensogramError) {
    var masks = PerKind<DecodedMask?>(nil)
    for entry in entries.entries {
      guard let key = entry.key.text, let kind = NonFinite.Kind(maskKey: key) else {
        throw .metadata("masks has the unknown kind '\(entry.key.text ?? entry.key.kindName)'")
      }
      do {
        masks[kind] = try Self.decode(entry.value, payloadRegion, count)
      } catch {
        throw TensogramError(error.kind, "mask '\(key)': \(error.text)")
      }
    }
    guard let layout = FloatLayout(dtype, .native) else {
      throw .encoding("masks cannot belong to \(dtype.rawValue) data, which has no NaN and no infinities")
    }
    self.layout = layout
    self.masks = masks
    self.count = count
    width = dtype.width
  }

  private static func decode(
    _ entry: CBORValue, _ region: PayloadWindow, _ count: Int
  ) throws(TensogramError) -> DecodedMask {
    guard let entry = entry.map else { throw .metadata("expected a map, got \(entry.kindName)") }
    guard let name = entry["method"]?.text else { throw .metadata("has no method") }
    let method = try MaskMethod(name: name)
    guard let offset = entry["offset"]?.int, let length = entry["length"]?.int else {
      throw .metadata("has no offset and length")
    }
    guard offset >= 0, length >= 0, offset <= region.count, length <= region.count - offset else {
      throw .framing("\(length) bytes at \(offset) are outside the payload region of \(region.count) bytes")
    }
    let start = region.range.lowerBound + offset
    return try DecodedMask(method, PayloadWindow(region.source, start..<start + length), count: count)
  }

  /// The kinds that have a mask.
  public var kinds: [NonFinite.Kind] { NonFinite.Kind.allCases.filter { masks[$0] != nil } }

  /// Puts the masked values among `elements` back into `values`, which holds just those elements in `order`.
  public func restore(
    _ elements: Range<Int>, in values: inout MutableRawSpan, order: ByteOrder
  ) throws(TensogramError) {
    try check(elements, values.byteCount == elements.count * width)
    // The strongest kind last, should masks overlap.
    for kind in NonFinite.Kind.allCases.reversed() {
      guard let mask = masks[kind] else { continue }
      let bits = layout.bits(of: kind)
      try mask.forEachRun(in: elements) { run in
        let part = run.lowerBound - elements.lowerBound..<run.upperBound - elements.lowerBound
        fill(&values, part.lowerBound * width..<part.upperBound * width, bits, order)
      }
    }
  }

  /// Sets `flags`, one byte for each of `elements`, to 1 where a mask of `kind` covers the element, else to 0.
  public func fillFlags(
    of kind: NonFinite.Kind, _ elements: Range<Int>, into flags: inout MutableRawSpan
  ) throws(TensogramError) {
    try check(elements, flags.byteCount == elements.count)
    flags.fillWithZeros()
    try masks[kind]?.forEachRun(in: elements) { run in
      fill(&flags, run.lowerBound - elements.lowerBound..<run.upperBound - elements.lowerBound, with: UInt8(1))
    }
  }

  private func check(_ elements: Range<Int>, _ isSizeRight: Bool) throws(TensogramError) {
    guard elements.lowerBound >= 0, elements.upperBound <= count, isSizeRight else {
      throw .encoding("elements \(elements) do not fit masks of \(count) elements and the room for them")
    }
  }

  private func fill(_ values: inout MutableRawSpan, _ bytes: Range<Int>, _ bits: UInt64, _ order: ByteOrder) {
    switch layout.width {
    case 2: fill(&values, bytes, with: ordered(UInt16(truncatingIfNeeded: bits), order))
    case 4: fill(&values, bytes, with: ordered(UInt32(truncatingIfNeeded: bits), order))
    default: fill(&values, bytes, with: ordered(bits, order))
    }
  }

  private func ordered<Word: FixedWidthInteger>(_ word: Word, _ order: ByteOrder) -> Word {
    order == .big ? word.bigEndian : word.littleEndian
  }

  @inline(__always)
  private func fill<Word: BitwiseCopyable>(_ values: inout MutableRawSpan, _ range: Range<Int>, with word: Word) {
    precondition(range.lowerBound >= 0 && range.upperBound <= values.byteCount)
    unsafe values.withUnsafeMutableBytes { bytes in
      guard let base = bytes.baseAddress else { return }
      let start = unsafe base + range.lowerBound
      for index in 0..<range.count / MemoryLayout<Word>.size {
        // Within `range`, which is within the span.
        unsafe start.storeBytes(of: word, toByteOffset: index &* MemoryLayout<Word>.size, as: Word.self)
      }
    }
  }
}
