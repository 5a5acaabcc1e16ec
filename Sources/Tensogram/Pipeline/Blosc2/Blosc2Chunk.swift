/// What a chunk's header (c-blosc2, README_CHUNK_FORMAT) says, checked so that the library can be trusted with the rest.
///
/// A chunk is a header, and for compressed ones a table with the start of each block, then the blocks. All blocks decode
/// to ``blockSize`` bytes, but for the last, which may be shorter.
struct Blosc2Chunk: Equatable, Sendable {
  enum Content: Equatable {
    /// Blocks that the library decodes.
    case compressed
    /// The bytes as they are, behind the header.
    case stored
    /// A value over and over.
    case repeated(RepeatedValue)
  }

  let content: Content
  let typeSize: Int
  let encodedSize: Int
  let decodedSize: Int
  let blockSize: Int
  /// Byte streams that a block is split into.
  let streamCount: Int

  static let headerSize = 32
  /// The format of chunks since c-blosc2 2.0.
  private static let version: UInt8 = 5
  /// Larger blocks, which no writer makes, would cost several times their size in working memory.
  private static let largestBlock = 64 << 20

  /// Where things stand in the header; integers are little-endian.
  private enum Field {
    static let version = 0, flags = 2, typeSize = 3, decodedSize = 4, blockSize = 8, encodedSize = 12
    static let filters = 16..<22
    static let moreFlags = 30, blosc2Flags = 31
  }

  /// Reads and checks the header of the chunk that starts at byte `offset` and ends before byte `end` of the payload.
  init(
    reading payload: PayloadWindow, at offset: Int, before end: Int, decodedSize: Int
  ) throws(TensogramError) {
    guard offset <= end - Self.headerSize else {
      throw .compression("blosc2 error: there is no room for a chunk at byte \(offset), the last ends at byte \(end)")
    }
    self = try payload.withBytes(offset..<offset + Self.headerSize) { (header) throws(TensogramError) in
      try Blosc2Chunk(parsing: header, decodedSize: decodedSize, available: end - offset)
    }
  }

  /// Reads and checks the header of a chunk that must decode to `decodedSize` bytes and may take `available`.
  init(parsing header: RawSpan, decodedSize expected: Int, available: Int) throws(TensogramError) {
    let version = header[Field.version]
    let flags = header[Field.flags]
    let blosc2Flags = header[Field.blosc2Flags]
    // Both shuffle bits together mean a header of 32 bytes.
    guard version == Self.version, flags & 0b101 == 0b101, header[Field.moreFlags] == 0 else {
      throw .compression("blosc2 error: a chunk of version \(version), flags \(flags) is not of a kind known here")
    }
    typeSize = Int(header[Field.typeSize])
    decodedSize = Self.size(header, at: Field.decodedSize)
    blockSize = Self.size(header, at: Field.blockSize)
    encodedSize = Self.size(header, at: Field.encodedSize)
    guard decodedSize == expected else {
      throw .compression("blosc2 error: a chunk claims \(decodedSize) bytes where \(expected) are due")
    }
    guard encodedSize >= Self.headerSize, encodedSize <= available else {
      throw .compression("blosc2 error: a chunk claims to take \(encodedSize) bytes, there are \(available)")
    }
    guard typeSize > 0 else { throw .compression("blosc2 error: a chunk claims elements of 0 bytes") }
    streamCount = flags & 0x10 == 0 ? typeSize : 1
    content = try Self.content(header, flags, blosc2Flags)
    switch content {
    case .compressed: try checkCompressed(header, flags)
    case .stored, .repeated: try checkPlain()
    }
  }

  private static func content(
    _ header: RawSpan, _ flags: UInt8, _ blosc2Flags: UInt8
  ) throws(TensogramError) -> Content {
    switch blosc2Flags {
    case 0: return flags & 2 == 0 ? .compressed : .stored
    case 0x10: return .repeated(.zero)
    case 0x20: return .repeated(.notANumber)
    case 0x30: return .repeated(.element)
    case 0x40: throw .compression("blosc2 error: a chunk holds values that were never set")
    default:
      throw .compression(
        "blosc2 error: a chunk needs what is not supported here: dictionaries, instruments or lazy blocks (flags "
          + "\(blosc2Flags))")
    }
  }

  /// Filters that neither need other blocks nor plug-ins: none, byte shuffle, bit shuffle, cut mantissas.
  private static let knownFilters: Set<UInt8> = [0, 1, 2, 4]
  /// blosclz, lz4, zlib, zstd, by the number of their format.
  private static let knownFormats: Set<UInt8> = [0, 1, 3, 4]

  private func checkCompressed(_ header: RawSpan, _ flags: UInt8) throws(TensogramError) {
    for filter in Field.filters where !Self.knownFilters.contains(header[filter]) {
      throw .compression("blosc2 error: filter \(header[filter]) is not supported")
    }
    guard Self.knownFormats.contains(flags >> 5) else {
      throw .compression("blosc2 error: codec format \(flags >> 5) is not supported")
    }
    guard blockSize > 0, blockSize <= min(decodedSize, Self.largestBlock) else {
      throw .compression("blosc2 error: a chunk of \(decodedSize) bytes claims blocks of \(blockSize)")
    }
    guard blockSize % streamCount == 0 else {
      throw .compression("blosc2 error: blocks of \(blockSize) bytes cannot be split into \(streamCount) streams")
    }
    guard encodedSize >= tableEnd else {
      throw .compression(
        "blosc2 error: a chunk of \(encodedSize) bytes has no room for the table of its \(blockCount) blocks")
    }
  }

  private func checkPlain() throws(TensogramError) {
    let body: Int
    switch content {
    case .stored: body = decodedSize
    case .repeated(.element): body = typeSize
    case .repeated(.notANumber) where typeSize != 4 && typeSize != 8:
      throw .compression("blosc2 error: a chunk claims NaN values of \(typeSize) bytes")
    default: body = 0
    }
    guard encodedSize == Self.headerSize + body else {
      throw .compression(
        "blosc2 error: a chunk that is not compressed takes \(encodedSize) bytes for \(decodedSize) of data")
    }
  }

  private static func size(_ header: RawSpan, at offset: Int) -> Int {
    Int(header.littleEndian(at: offset, as: Int32.self))
  }
}

// MARK: Blocks

extension Blosc2Chunk {
  /// Bytes of an entry of the block table.
  static let tableEntrySize = 4

  /// Of compressed chunks only, as all that follows.
  var blockCount: Int { (decodedSize - 1) / blockSize + 1 }
  var tableEnd: Int { Self.headerSize + blockCount * Self.tableEntrySize }
  var endsWithShortBlock: Bool { decodedSize % blockSize != 0 }

  /// The bytes, of those the chunk decodes to, that `blocks` hold.
  func bounds(of blocks: Range<Int>) -> Range<Int> {
    blocks.lowerBound * blockSize..<min(blocks.upperBound * blockSize, decodedSize)
  }

  /// No writer makes a block longer than this: streams that do not get smaller are stored.
  var largestEncodedBlock: Int { blockSize + streamCount * 8 }
}

// MARK: Writing

extension Blosc2Chunk {
  /// The length of the chunk whose header starts at `offset`.
  static func encodedSize(_ bytes: RawSpan, at offset: Int) -> Int {
    size(bytes, at: offset + Field.encodedSize)
  }

  /// The header of a chunk that holds `byteCount` bytes as they are.
  static func storedHeader(byteCount: Int, typeSize: Int) -> [UInt8] {
    let size = littleEndian(Int32(clamping: byteCount))
    let encodedSize = littleEndian(Int32(clamping: headerSize + byteCount))
    let filters: [UInt8] = [0, 0, 0, 0, 0, 1]
    return [version, 1, 0b111, UInt8(typeSize)] + size + size + encodedSize + filters + [UInt8](repeating: 0, count: 10)
  }

  /// Sets the sizes in a copy of a chunk's header.
  static func setSizes(_ chunk: inout MutableRawSpan, decoded: Int, encoded: Int) {
    chunk.storeBytes(of: Int32(clamping: decoded).littleEndian, toByteOffset: Field.decodedSize, as: Int32.self)
    chunk.storeBytes(of: Int32(clamping: encoded).littleEndian, toByteOffset: Field.encodedSize, as: Int32.self)
  }

  /// Sets where a block starts.
  static func setStart(ofBlock block: Int, to offset: Int, _ chunk: inout MutableRawSpan) {
    let place = headerSize + block * tableEntrySize
    chunk.storeBytes(of: Int32(clamping: offset).littleEndian, toByteOffset: place, as: Int32.self)
  }

  private static func littleEndian(_ value: Int32) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }
}

extension RawSpan {
  /// The little-endian integer at `offset`.
  func littleEndian<T: FixedWidthInteger & BitwiseCopyable>(at offset: Int, as type: T.Type = T.self) -> T {
    // Every bit pattern is an integer.
    T(littleEndian: unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: T.self))
  }
}
