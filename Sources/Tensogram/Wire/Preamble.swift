/// The fixed numbers of wire version 3.
public enum WireFormat {
  public static let version: UInt16 = 3
  static let startMagic: StaticString = "TENSOGRM"
  static let endMagic: StaticString = "39277777"
  static let frameMagic: StaticString = "FR"
  static let frameEndMagic: StaticString = "ENDF"
  static let preambleSize = 24
  static let postambleSize = 24
  static let smallestMessage = preambleSize + postambleSize
  /// Frames and postamble start at multiples of this from the message's first byte.
  static let alignment = 8
}

/// What a message says of itself in front (wire format §1). A reader trusts the frames it finds over these.
public struct PreambleFlags: OptionSet, Equatable, Sendable {
  public let rawValue: UInt16
  public init(rawValue: UInt16) { self.rawValue = rawValue }

  public static let headerMetadata = PreambleFlags(rawValue: 1 << 0)
  public static let footerMetadata = PreambleFlags(rawValue: 1 << 1)
  public static let headerIndex = PreambleFlags(rawValue: 1 << 2)
  public static let footerIndex = PreambleFlags(rawValue: 1 << 3)
  public static let headerHashes = PreambleFlags(rawValue: 1 << 4)
  public static let footerHashes = PreambleFlags(rawValue: 1 << 5)
  public static let preceders = PreambleFlags(rawValue: 1 << 6)
  public static let hashed = PreambleFlags(rawValue: 1 << 7)
}

/// The first 24 bytes of a message: magic, version, flags, total length.
struct Preamble: Equatable, Sendable {
  var flags: PreambleFlags
  /// First byte of the preamble to last byte of the postamble; 0 where it was not known when written.
  var totalLength: UInt64

  init(flags: PreambleFlags, totalLength: UInt64) {
    self.flags = flags
    self.totalLength = totalLength
  }

  /// Throws a framing error for other magic or version, or fewer than 24 bytes.
  init(parsing bytes: RawSpan) throws(TensogramError) {
    guard bytes.byteCount >= WireFormat.preambleSize else {
      throw .framing("too short for a message: \(bytes.byteCount) bytes, a preamble has \(WireFormat.preambleSize)")
    }
    guard bytes.matches(WireFormat.startMagic, at: 0) else {
      let found = (0..<8).map { String(hexByte: bytes[$0]) }.joined(separator: " ")
      throw .framing("invalid magic: a message starts with TENSOGRM, here stand the bytes \(found)")
    }
    let version = bytes.bigEndian(at: 8, as: UInt16.self)
    guard version == WireFormat.version else {
      throw .framing("unsupported wire version \(version), only version \(WireFormat.version) can be read")
    }
    flags = PreambleFlags(rawValue: bytes.bigEndian(at: 10))
    totalLength = bytes.bigEndian(at: 16)
  }

  /// `nil` where ``init(parsing:)`` throws, at less cost than an error.
  init?(ifSupported bytes: RawSpan) {
    guard bytes.byteCount >= WireFormat.preambleSize, bytes.matches(WireFormat.startMagic, at: 0),
      bytes.bigEndian(at: 8, as: UInt16.self) == WireFormat.version
    else { return nil }
    flags = PreambleFlags(rawValue: bytes.bigEndian(at: 10))
    totalLength = bytes.bigEndian(at: 16)
  }

  func write(into output: inout OutputRawSpan) {
    output.append(WireFormat.startMagic)
    output.appendBigEndian(WireFormat.version)
    output.appendBigEndian(flags.rawValue)
    output.appendBigEndian(UInt32(0))
    output.appendBigEndian(totalLength)
  }

  /// Where flags and total length stand, for filling them in later.
  static let flagsOffset = 10
  static let totalLengthOffset = 16
}

/// The last 24 bytes of a message: where its footer starts, total length, magic.
struct Postamble: Equatable, Sendable {
  /// From the message's first byte: of the first footer frame, else of the postamble itself.
  var firstFooterOffset: UInt64
  var totalLength: UInt64

  init(firstFooterOffset: UInt64, totalLength: UInt64) {
    self.firstFooterOffset = firstFooterOffset
    self.totalLength = totalLength
  }

  /// `nil` where the end magic does not stand in its place.
  init?(parsing bytes: RawSpan) {
    guard bytes.matches(WireFormat.endMagic, at: 16) else { return nil }
    firstFooterOffset = bytes.bigEndian(at: 0)
    totalLength = bytes.bigEndian(at: 8)
  }

  func write(into output: inout OutputRawSpan) {
    output.appendBigEndian(firstFooterOffset)
    output.appendBigEndian(totalLength)
    output.append(WireFormat.endMagic)
  }
}

extension String {
  /// Two lower-case hex digits.
  init(hexByte byte: UInt8) {
    let digits = String(byte, radix: 16)
    self = digits.count == 1 ? "0" + digits : digits
  }

  /// Sixteen lower-case hex digits, as digests are written.
  public init(hexDigest digest: UInt64) {
    let digits = String(digest, radix: 16)
    self = String(repeating: "0", count: 16 - digits.count) + digits
  }
}
