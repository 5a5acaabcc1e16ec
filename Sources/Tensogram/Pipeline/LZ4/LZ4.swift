import CLZ4

/// One LZ4 block (github.com/lz4/lz4, lz4_Block_format), behind the decoded size as 4 bytes little-endian.
///
/// Descriptor: `{"compression": "lz4"}`.
struct LZ4: CompressionStage {
  private static let sizePrefix = 4
  /// A block's most bytes of output per byte of input, by the format.
  private static let highestRatio = 255

  /// Decoded bytes that the library works through in one call, some milliseconds.
  let pieceSize: Int

  init(pieceSize: Int = 32 << 20) { self.pieceSize = pieceSize }

  var capabilities: StageCapabilities { StageCapabilities() }

  func maximumEncodedSize(_ byteCount: Int) throws(TensogramError) -> Int {
    guard byteCount <= Int(LZ4_MAX_INPUT_SIZE) else {
      throw .compression("lz4 takes at most \(LZ4_MAX_INPUT_SIZE) bytes in one object, here are \(byteCount)")
    }
    // A piece may take some bytes more than a part of a block.
    return Self.sizePrefix + Int(LZ4_compressBound(Int32(byteCount))) + byteCount / pieceSize * 16
  }

  func encode(
    _ input: RawSpan, into output: inout OutputRawSpan, workers: Workers
  ) throws(TensogramError) -> [(key: String, value: CBORValue)] {
    // A 32-bit integer has no padding.
    unsafe output.append(UInt32(input.byteCount).littleEndian, as: UInt32.self)
    if input.byteCount > pieceSize {
      try encodeInPieces(input, into: &output, workers)
      return []
    }
    let written = unsafe output.withUnsafeMutableBytes { buffer, initializedCount in
      unsafe input.withUnsafeBytes { input -> Int32 in
        let free = Int32(clamping: buffer.count - initializedCount)
        // The library writes at most the free part of the output.
        let written = unsafe LZ4_compress_default(
          input.baseAddress?.assumingMemoryBound(to: CChar.self) ?? UnsafePointer(Self.nothing),
          (buffer.baseAddress! + initializedCount).assumingMemoryBound(to: CChar.self), Int32(input.count), free)
        initializedCount += Int(max(written, 0))
        return written
      }
    }
    guard written > 0 else { throw .compression("lz4 cannot compress \(input.byteCount) bytes") }
    return []
  }

  func decodedSize(of payload: PayloadWindow) throws(TensogramError) -> Int? {
    guard payload.count >= Self.sizePrefix else {
      throw .compression("lz4 payload of \(payload.count) bytes has no room for its size")
    }
    let claimed = try payload.withBytes(0..<Self.sizePrefix) { (bytes) throws(TensogramError) in
      Int(UInt32(littleEndian: unsafe bytes.unsafeLoadUnaligned(as: UInt32.self)))
    }
    guard claimed <= (payload.count - Self.sizePrefix) * Self.highestRatio else {
      throw .compression("lz4 payload of \(payload.count) bytes cannot hold the \(claimed) bytes it claims")
    }
    return claimed
  }

  func decode(_ payload: RawSpan, into output: inout MutableRawSpan, workers: Workers) throws(TensogramError) {
    guard payload.byteCount >= Self.sizePrefix else {
      throw .compression("lz4 payload of \(payload.byteCount) bytes has no room for its size")
    }
    let claimed = UInt32(littleEndian: unsafe payload.unsafeLoadUnaligned(as: UInt32.self))
    let expected = output.byteCount
    guard UInt64(claimed) == UInt64(expected) else {
      throw .encoding("descriptor claims \(expected) bytes but the lz4 block holds \(claimed)")
    }
    let block = payload.extracting(Self.sizePrefix..<payload.byteCount)
    if expected > pieceSize { return try decodeInPieces(block, into: &output, workers) }
    let decoded = unsafe output.withUnsafeMutableBytes { output in
      unsafe block.withUnsafeBytes { block -> Int32 in
        guard let source = block.baseAddress else { return -1 }
        // The safe variant reads only the block and writes at most the output.
        return unsafe LZ4_decompress_safe(
          source.assumingMemoryBound(to: CChar.self),
          output.baseAddress?.assumingMemoryBound(to: CChar.self) ?? Self.nothing, Int32(clamping: block.count),
          Int32(clamping: output.count))
      }
    }
    guard decoded >= 0, Int(decoded) == expected else { throw Self.damaged }
  }

  /// Stands in for the address of an empty buffer; never read or written.
  private static var nothing: UnsafeMutablePointer<CChar> {
    unsafe UnsafeMutablePointer(bitPattern: 1)!
  }
}
