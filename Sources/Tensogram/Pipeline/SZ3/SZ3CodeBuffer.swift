/// A quantizer's code or a predictor's number: `UInt16` where that is enough, else `UInt32`.
protocol SZ3Code: FixedWidthInteger, UnsignedInteger, BitwiseCopyable {}
extension UInt16: SZ3Code {}
extension UInt32: SZ3Code {}

/// Codes as they are decoded from a stream.
struct SZ3CodeBuffer<Code: SZ3Code>: ~Copyable {
  private let memory: ScratchBuffer

  /// Reads the tree and the symbols of `count` codes below `alphabet`; with `repeatsCount`, their number stands between
  /// the two (specification §5.2 to §5.4).
  init(
    _ reader: inout SZ3Reader, count: Int, alphabet: Int, repeatsCount: Bool = false
  ) throws(TensogramError) {
    let tree = try SZ3HuffmanTree(&reader, count: count, alphabet: alphabet)
    if repeatsCount { _ = try reader.count("number of codes", in: count...count) }
    var memory = try ScratchBuffer(byteCount: count * MemoryLayout<Code>.size)
    var bytes = memory.mutableBytes
    // The memory is aligned, and decoding writes all of it or throws.
    var codes = unsafe bytes._unsafeMutableView(as: Code.self)
    try SZ3HuffmanDecoder(tree, count: count).decode(&reader, into: &codes)
    self.memory = memory
  }

  /// Reads the codes of a main quantizer, the last part of every content.
  init<Element>(
    mainCodes reader: inout SZ3Reader, _ quantizer: borrowing SZ3Quantizer<Element>, count: Int
  ) throws(TensogramError) {
    try self.init(&reader, count: count, alphabet: 2 * quantizer.radius, repeatsCount: true)
  }

  var span: Span<Code> {
    @_lifetime(borrow self)
    get { unsafe memory.bytes._unsafeView(as: Code.self) }
  }
}
