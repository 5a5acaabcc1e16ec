/// The whole stream: header, body, config (specification §1).
enum SZ3Stream {
  /// Bytes `10 F3 42 F3`.
  private static let magic: UInt32 = 0xF342_F310
  /// Data version 3.3.2; the lowest byte says nothing.
  private static let version: UInt32 = 0x0303_0200
  static let headerSize = 16
  private static let smallestConfigSize = 33
  /// Its size is a byte.
  private static let largestConfigSize = 255
  /// The most bytes around the body in streams that are written here.
  static let overhead = headerSize + SZ3Config.maximumSize

  /// Checks the header of a stream of `streamSize` bytes; gives where the body is.
  static func bodyRange(header: RawSpan, streamSize: Int) throws(TensogramError) -> Range<Int> {
    guard streamSize >= headerSize + smallestConfigSize else {
      throw .sz3("stream of \(streamSize) bytes is shorter than its header and config")
    }
    var reader = SZ3Reader(header)
    let magic: UInt32 = try reader.integer("magic")
    guard magic == Self.magic else {
      throw .sz3("stream starts with 0x\(String(magic, radix: 16)), not with 0x\(String(Self.magic, radix: 16))")
    }
    let version: UInt32 = try reader.integer("version")
    guard version | 0xFF == Self.version | 0xFF else {
      throw .sz3("data version \(version >> 24).\(version >> 16 & 0xFF).\(version >> 8 & 0xFF), must be 3.3.2")
    }
    let size = try reader.count("body size", in: 0...streamSize - headerSize - smallestConfigSize)
    return headerSize..<headerSize + size
  }

  /// Body and config of a whole stream.
  @_lifetime(copy payload)
  static func body(of payload: RawSpan) throws(TensogramError) -> RawSpan {
    payload.extracting(try bodyRange(header: payload, streamSize: payload.byteCount))
  }

  static func config(of payload: RawSpan) throws(TensogramError) -> SZ3Config {
    let body = try bodyRange(header: payload, streamSize: payload.byteCount)
    return try SZ3Config(payload.extracting(body.upperBound..<payload.byteCount))
  }

  /// The config of a stream that may be long and far away, by reading its header and its end.
  static func config(of payload: PayloadWindow) throws(TensogramError) -> SZ3Config {
    let size = payload.count
    let body = try payload.withBytes(0..<min(size, headerSize)) { (header) throws(TensogramError) in
      try bodyRange(header: header, streamSize: size)
    }
    return try payload.withBytes(body.upperBound..<min(size, body.upperBound + largestConfigSize)) {
      (bytes) throws(TensogramError) in try SZ3Config(bytes)
    }
  }

  /// Appends a stream; there must be room for ``overhead`` more bytes than the body has.
  static func append(_ body: [UInt8], _ config: SZ3Config, to output: inout OutputRawSpan) {
    var writer = SZ3Writer()
    writer.append(magic)
    writer.append(version)
    writer.append(UInt64(body.count))
    output.append(copying: writer.bytes)
    output.append(copying: body)
    writer = SZ3Writer()
    config.write(to: &writer)
    output.append(copying: writer.bytes)
  }
}
