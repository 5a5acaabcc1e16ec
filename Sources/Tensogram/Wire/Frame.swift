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

  /// Bytes of a frame without a body.
  var smallestLength: Int { FrameHeader.size + footerSize }
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

  /// Why bytes are no frame.
  enum Fault: Error, Equatable {
    case truncated
    case noMagic
    case unknownType(UInt16)
    case tooSmall(FrameType, length: UInt64)
    case tooLong(FrameType, length: UInt64)

    /// One sentence; the frame was looked for at byte `offset`, in front of `available` bytes.
    func text(at offset: Int, available: Int) -> String {
      switch self {
      case .truncated: "truncated frame header at byte \(offset)"
      case .noMagic: "no frame at byte \(offset), where one must start"
      case .unknownType(4): "obsolete frame type 4 at byte \(offset)"
      case .unknownType(let number): "unknown frame type \(number) at byte \(offset)"
      case .tooSmall(let type, let length), .tooLong(let type, let length):
        "\(type.name) frame at byte \(offset) claims \(length) bytes, possible are \(type.smallestLength) to \(available)"
      }
    }
  }

  /// Throws the fault of anything that cannot be a frame of at most `available` bytes.
  init(reading bytes: RawSpan, available: Int) throws(Fault) {
    guard available >= Self.size, bytes.byteCount >= Self.size else { throw .truncated }
    guard bytes.matches(WireFormat.frameMagic, at: 0) else { throw .noMagic }
    let number = bytes.bigEndian(at: 2, as: UInt16.self)
    guard let type = FrameType(rawValue: number) else { throw .unknownType(number) }
    self.type = type
    flags = Flags(rawValue: bytes.bigEndian(at: 6))
    let length = bytes.bigEndian(at: 8, as: UInt64.self)
    guard length >= UInt64(type.smallestLength) else { throw .tooSmall(type, length: length) }
    guard length <= UInt64(available) else { throw .tooLong(type, length: length) }
    self.length = Int(length)
  }

  /// As ``init(reading:available:)``, with a framing error that gives `offset`, the frame's position.
  init(parsing bytes: RawSpan, at offset: Int, available: Int) throws(TensogramError) {
    do throws(Fault) { self = try FrameHeader(reading: bytes, available: available) } catch {
      throw .framing(error.text(at: offset, available: available))
    }
  }

  /// Where in a data object's frame the descriptor can start.
  var descriptorOffsets: ClosedRange<UInt64> { UInt64(Self.size)...UInt64(length - type.footerSize) }

  func write(into output: inout OutputRawSpan) {
    output.append(WireFormat.frameMagic)
    output.appendBigEndian(type.rawValue)
    output.appendBigEndian(UInt16(1))
    output.appendBigEndian(flags.rawValue)
    output.appendBigEndian(UInt64(length))
  }

  static let lengthOffset = 8
}

/// The last bytes of every frame: of a data object where its descriptor stands, the hash slot, `ENDF`.
struct FrameFooter {
  /// From the frame's first byte; 0 where the frame is no data object.
  let descriptorOffset: UInt64
  let hashSlot: UInt64

  /// `nil` where `bytes`, the footer of a frame of this type, do not end in `ENDF`.
  init?(parsing bytes: RawSpan, of type: FrameType) {
    let size = type.footerSize
    guard bytes.matches(WireFormat.frameEndMagic, at: size - 4) else { return nil }
    hashSlot = bytes.bigEndian(at: size - 12)
    descriptorOffset = type == .dataObject ? bytes.bigEndian(at: 0) : 0
  }
}
