/// A mask method that compresses packed bits as bytes, with one of the pipeline's codecs.
struct MaskCodec {
  let stage: any CompressionStage
  /// The `params` that masks are written with.
  var parameters: CBORMap?
  /// The most bytes that a byte of a blob can stand for, where the format has a limit.
  var highestRatio = Int.max

  /// `nil` for methods that look at bits.
  static func codec(_ method: MaskMethod) -> MaskCodec? {
    switch method {
    case .none, .rle, .roaring: nil
    // A block of at most 128 KiB takes at least 4 bytes (RFC 8878 §3.1.1.2).
    case .zstd: MaskCodec(stage: Zstd(), highestRatio: (128 << 10) / 4)
    case .lz4: MaskCodec(stage: LZ4())
    case .blosc2: blosc2
    }
  }

  private static var blosc2: MaskCodec {
    // The published package reads masks of a single chunk only, and writes them so up to this size.
    let stage = Blosc2(typeSize: 1, largestChunk: 256 << 20)
    var parameters = CBORMap()
    parameters["codec"] = .text(stage.codec.rawValue)
    parameters["level"] = CBORValue(stage.level)
    return MaskCodec(stage: stage, parameters: parameters)
  }

  func compress(_ packed: RawSpan) throws(TensogramError) -> [UInt8] {
    var buffer = try ScratchBuffer(byteCount: stage.maximumEncodedSize(packed.byteCount))
    let size = try buffer.withOutput { (output) throws(TensogramError) in
      _ = try stage.encode(packed, into: &output, workers: Workers())
    }
    return buffer.array(size)
  }

  /// The packed bits of a blob that must have `size` bytes of them.
  func decompress(_ blob: PayloadWindow, size: Int) throws(TensogramError) -> MaskBits {
    let claimed = try stage.decodedSize(of: blob) ?? size
    guard claimed == size, size / highestRatio <= blob.count else {
      throw .encoding("the mask takes \(size) bytes, which its blob of \(blob.count) bytes does not hold")
    }
    var buffer = try ScratchBuffer(byteCount: size)
    try blob.withBytes { (bytes) throws(TensogramError) in
      try Self.decode(bytes, stage, into: &buffer)
    }
    return MaskBits(buffer)
  }

  private static func decode(
    _ blob: RawSpan, _ stage: any CompressionStage, into buffer: inout ScratchBuffer
  ) throws(TensogramError) {
    var bytes = buffer.mutableBytes
    try stage.decode(blob, into: &bytes, workers: Workers())
  }
}

/// Packed bits that several threads may read.
final class MaskBits: @unchecked Sendable {
  // Written before, never after it is put here.
  private let buffer: ScratchBuffer

  init(_ buffer: consuming ScratchBuffer) { self.buffer = buffer }

  func forEachRun(in range: Range<Int>, _ body: (Range<Int>) -> Void) {
    Self.forEachRun(buffer, range, body)
  }

  private static func forEachRun(
    _ buffer: borrowing ScratchBuffer, _ range: Range<Int>, _ body: (Range<Int>) -> Void
  ) {
    PackedBits.forEachRun(of: buffer.bytes, in: range, body)
  }
}
