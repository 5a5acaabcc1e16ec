/// Appends frames to a message in the making.
struct FrameWriter {
  let isHashed: Bool

  /// A frame of CBOR, and the padding behind it; the message started at `messageStart` of `output`.
  func write(
    _ type: FrameType, _ body: [UInt8], messageStart: Int, into output: inout OutputRawSpan
  ) {
    let length = Self.length(type, body.count)
    FrameHeader(type: type, flags: isHashed ? .hashed : [], length: length).write(into: &output)
    // Bytes have no padding that could be read.
    let bytes = unsafe body.span.bytes
    output.append(copying: bytes)
    output.appendBigEndian(isHashed ? XXH3.hash(bytes) : 0)
    output.append(WireFormat.frameEndMagic)
    Self.pad(messageStart: messageStart, &output)
  }

  /// Header to `ENDF` of a frame with `bodySize` bytes of body.
  static func length(_ type: FrameType, _ bodySize: Int) -> Int { FrameHeader.size + bodySize + type.footerSize }

  /// The same with padding.
  static func paddedLength(_ type: FrameType, _ bodySize: Int) -> Int {
    length(type, bodySize).roundedUp(to: WireFormat.alignment)
  }

  static func pad(messageStart: Int, _ output: inout OutputRawSpan) {
    let size = output.byteCount - messageStart
    output.appendZeros(size.roundedUp(to: WireFormat.alignment) - size)
  }
}
