/// What a contiguous frame (c-blosc2, README_CFRAME_FORMAT) says of itself: a header in MessagePack, the chunks, a chunk
/// with their offsets, a trailer.
///
/// All chunks decode to ``chunkSize`` bytes, but for the last, which may be shorter.
struct Blosc2Frame: Equatable, Sendable {
  let headerSize: Int
  /// Bytes of all chunks as they are stored.
  let chunksSize: Int
  let decodedSize: Int
  let chunkSize: Int
  /// Bytes of an element.
  let typeSize: Int

  /// Bytes of an offset in the index.
  static let offsetSize = 8
  /// Where the header's fixed fields end; behind them are lists of names that a payload has no use for.
  private static let fixedHeaderSize = 87

  var chunkCount: Int { decodedSize == 0 ? 0 : (decodedSize - 1) / chunkSize + 1 }
  /// Where the chunk with the offsets starts.
  var indexOffset: Int { headerSize + chunksSize }
  /// Bytes that the index decodes to.
  var indexSize: Int { chunkCount * Self.offsetSize }

  /// The bytes, of all decoded ones, that chunk `index` holds.
  func bounds(ofChunk index: Int) -> Range<Int> {
    let start = index * chunkSize
    return start..<start + min(chunkSize, decodedSize - start)
  }
}

// MARK: Reading

extension Blosc2Frame {
  /// Where each field of the fixed header stands, and the MessagePack type in front of it.
  private enum Field {
    static let magic = 2
    static let headerSize = (at: 0x0B, type: UInt8(0xD2))
    static let frameSize = (at: 0x10, type: UInt8(0xCF))
    static let flags = (at: 0x19, type: UInt8(0xA4))
    static let decodedSize = (at: 0x1E, type: UInt8(0xD3))
    static let chunksSize = (at: 0x27, type: UInt8(0xD3))
    static let typeSize = (at: 0x30, type: UInt8(0xD2))
    static let blockSize = (at: 0x35, type: UInt8(0xD2))
    static let chunkSize = (at: 0x3A, type: UInt8(0xD2))
    static let all = [headerSize, frameSize, flags, decodedSize, chunksSize, typeSize, blockSize, chunkSize]
  }

  /// Reads and checks the header of the frame that is the whole payload.
  init(reading payload: PayloadWindow) throws(TensogramError) {
    guard payload.count >= Self.fixedHeaderSize + Self.writtenTrailerSize else {
      throw .compression("blosc2 error: a payload of \(payload.count) bytes is no frame")
    }
    self = try payload.withBytes(0..<Self.fixedHeaderSize) { (header) throws(TensogramError) in
      try Blosc2Frame(parsing: header, payloadSize: payload.count)
    }
  }

  private init(parsing header: RawSpan, payloadSize: Int) throws(TensogramError) {
    guard header.matches("b2frame\0", at: Field.magic), Field.all.allSatisfy({ header[$0.at - 1] == $0.type }) else {
      throw .compression("blosc2 error: the payload does not start with a frame header")
    }
    let version = header[Field.flags.at] & 0x0F
    let kind = header[Field.flags.at + 1]
    guard (1...2).contains(version), kind == 0 else {
      throw .compression(
        "blosc2 error: frame version \(version), kind \(kind) is not one contiguous frame of version 2")
    }
    let frameSize: UInt64 = header.bigEndian(at: Field.frameSize.at)
    guard frameSize == UInt64(payloadSize) else {
      throw .compression("blosc2 error: a frame of \(frameSize) bytes stands in a payload of \(payloadSize)")
    }
    headerSize = Int(header.bigEndian(at: Field.headerSize.at, as: Int32.self))
    chunksSize = header.bigEndian(at: Field.chunksSize.at)
    decodedSize = header.bigEndian(at: Field.decodedSize.at)
    chunkSize = Int(header.bigEndian(at: Field.chunkSize.at, as: Int32.self))
    typeSize = Int(header.bigEndian(at: Field.typeSize.at, as: Int32.self))
    guard headerSize >= Self.fixedHeaderSize, headerSize <= payloadSize, chunksSize >= 0,
      chunksSize <= payloadSize - headerSize
    else {
      throw .compression(
        "blosc2 error: a frame of \(frameSize) bytes claims a header of \(headerSize) and chunks of \(chunksSize)")
    }
    guard decodedSize == 0 || decodedSize > 0 && chunkSize > 0 else {
      throw .compression("blosc2 error: a frame claims \(decodedSize) bytes in chunks of \(chunkSize)")
    }
    // The index is one chunk, and the size of a chunk has 32 bits.
    guard chunkCount <= Int(Int32.max) / Self.offsetSize else {
      throw .compression("blosc2 error: a frame claims \(chunkCount) chunks, its index cannot hold as many")
    }
  }
}

// MARK: Writing

extension Blosc2Frame {
  static let writtenHeaderSize = 97
  static let writtenTrailerSize = 35

  /// The header of a frame of `frameSize` bytes whose chunks were written with these parameters.
  func header(
    frameSize: Int, codec: Blosc2.Codec, level: Int, blockSize: Int
  ) -> [UInt8] {
    var header: [UInt8] = [0x9E, 0xA8] + Array("b2frame\0".utf8)
    header += [Field.headerSize.type] + Self.bigEndian(Int32(headerSize))
    header += [Field.frameSize.type] + Self.bigEndian(frameSize)
    // Version 2 with 64-bit offsets; one contiguous frame; codec and level; blocks split as older readers expect.
    header += [Field.flags.type, 0x12, 0, codec.number | UInt8(level) << 4, 3]
    header += [Field.decodedSize.type] + Self.bigEndian(decodedSize)
    header += [Field.chunksSize.type] + Self.bigEndian(chunksSize)
    header += [Field.typeSize.type] + Self.bigEndian(Int32(typeSize))
    header += [Field.blockSize.type] + Self.bigEndian(Int32(blockSize))
    header += [Field.chunkSize.type] + Self.bigEndian(Int32(chunkSize))
    // One thread for writing and one for reading; no variable-length metadata.
    header += [0xD1, 0, 1, 0xD1, 0, 1, 0xC2]
    // Room for 6 filters, of which the last is the byte shuffle, the codec again, and nothing for their parameters.
    header += [0xD8, 6, 0, 0, 0, 0, 0, 1, codec.number, 0] + [UInt8](repeating: 0, count: 8)
    header += Self.noMetadata(size: 7)
    return header
  }

  /// Appends the chunk that holds the offsets, stored as they are.
  func appendIndex(_ offsets: [Int], to output: inout OutputRawSpan) {
    if offsets.isEmpty { return }
    let header = Blosc2Chunk.storedHeader(byteCount: indexSize, typeSize: Self.offsetSize)
    output.append(copying: header)
    for offset in offsets {
      // An integer has no padding.
      unsafe output.append(offset.littleEndian, as: Int.self)
    }
  }

  /// Appends the trailer: no variable-length metadata, no fingerprint.
  func appendTrailer(to output: inout OutputRawSpan) {
    let fingerprint = [UInt8](repeating: 0, count: 16)
    let size = [0xCE] + Self.bigEndian(UInt32(Self.writtenTrailerSize))
    output.append(copying: [0x94, 1] + Self.noMetadata(size: 6) + size + [0xD8, 0] + fingerprint)
  }

  /// An empty list of named metadata: its size, no names, no contents.
  private static func noMetadata(size: UInt8) -> [UInt8] {
    [0x93, 0xCD, 0, size, 0xDE, 0, 0, 0xDC, 0, 0]
  }

  private static func bigEndian<T: FixedWidthInteger>(_ value: T) -> [UInt8] {
    (0..<T.bitWidth / 8).reversed().map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }
}
