/// The kinds of frames (wire format §2), by their number.
public enum FrameType: UInt16, Sendable {
  case headerMetadata = 1
  case headerIndex = 2
  case headerHashes = 3
  case footerHashes = 5
  case footerIndex = 6
  case footerMetadata = 7
  case precederMetadata = 8
  case dataObject = 9

  /// The part of the message it may stand in; phases never go back.
  enum Phase: Int, Comparable, Sendable {
    case header, body, footer
    static func < (a: Phase, b: Phase) -> Bool { a.rawValue < b.rawValue }
  }

  var phase: Phase {
    switch self {
    case .headerMetadata, .headerIndex, .headerHashes: .header
    case .precederMetadata, .dataObject: .body
    case .footerHashes, .footerIndex, .footerMetadata: .footer
    }
  }

  var name: String {
    switch self {
    case .headerMetadata: "header metadata"
    case .headerIndex: "header index"
    case .headerHashes: "header hashes"
    case .footerHashes: "footer hashes"
    case .footerIndex: "footer index"
    case .footerMetadata: "footer metadata"
    case .precederMetadata: "preceder metadata"
    case .dataObject: "data object"
    }
  }

  /// Bytes from the end of the body to the end of the frame: descriptor offset (data objects), hash, `ENDF`.
  var footerSize: Int { self == .dataObject ? 20 : 12 }
}

/// The 16 bytes in front of every frame.
struct FrameHeader: Equatable, Sendable {
  static let size = 16

  struct Flags: OptionSet, Sendable {
    let rawValue: UInt16
    /// The descriptor stands behind the payload (data objects only).
    static let descriptorLast = Flags(rawValue: 1 << 0)
    /// The hash slot holds a digest.
    static let hashed = Flags(rawValue: 1 << 1)
  }

  var type: FrameType
  var flags: Flags
  /// Header to `ENDF`, without padding.
  var length: Int

  init(type: FrameType, flags: Flags, length: Int) {
    self.type = type
    self.flags = flags
    self.length = length
  }

  /// Throws a framing error that gives `offset`, the frame's position, for anything that cannot be a frame of at most
  /// `available` bytes.
  init(parsing bytes: RawSpan, at offset: Int, available: Int) throws(TensogramError) {
    guard available >= Self.size, bytes.byteCount >= Self.size else {
      throw .framing("truncated frame header at byte \(offset)")
    }
    guard bytes.matches(WireFormat.frameMagic, at: 0) else {
      throw .framing("no frame at byte \(offset), where one must start")
    }
    let number = bytes.bigEndian(at: 2, as: UInt16.self)
    guard let type = FrameType(rawValue: number) else {
      let problem = number == 4 ? "obsolete frame type 4" : "unknown frame type \(number)"
      throw .framing("\(problem) at byte \(offset)")
    }
    self.type = type
    flags = Flags(rawValue: bytes.bigEndian(at: 6))
    let length = bytes.bigEndian(at: 8, as: UInt64.self)
    guard length >= UInt64(Self.size + type.footerSize), length <= UInt64(available) else {
      throw .framing(
        "\(type.name) frame at byte \(offset) claims \(length) bytes, possible are \(Self.size + type.footerSize)"
          + " to \(available)")
    }
    self.length = Int(length)
  }

  func write(into output: inout OutputRawSpan) {
    output.append(WireFormat.frameMagic)
    output.appendBigEndian(type.rawValue)
    output.appendBigEndian(UInt16(1))
    output.appendBigEndian(flags.rawValue)
    output.appendBigEndian(UInt64(length))
  }

  static let lengthOffset = 8
}
