/// The compressions `rle` and `roaring`, for the dtype `bitmask`: the bit count as 4 bytes big-endian, 8 times the
/// bytes, then the bits as ``RunLengths`` or ``RoaringLayout`` have them.
///
/// Descriptor: `{"dtype": "bitmask", "compression": "rle"}`.
struct BitmaskCompression: CompressionStage {
  enum Codec: String, Sendable { case rle, roaring }

  let codec: Codec

  /// Any other dtype is an encoding error.
  init(_ codec: Codec, dtype: DType) throws(TensogramError) {
    guard dtype == .bitmask else {
      throw .encoding("compression \(codec.rawValue) is for dtype bitmask only, not \(dtype.rawValue)")
    }
    self.codec = codec
  }

  private static let countSize = 4

  var capabilities: StageCapabilities { StageCapabilities() }

  private func bitCount(_ byteCount: Int) throws(TensogramError) -> Int {
    guard byteCount <= Int(UInt32.max) / 8 else {
      throw .compression("\(codec.rawValue) takes at most \(UInt32.max / 8) bytes of a bitmask, here are \(byteCount)")
    }
    return byteCount * 8
  }

  func maximumEncodedSize(_ byteCount: Int) throws(TensogramError) -> Int {
    let bits = try bitCount(byteCount)
    return Self.countSize + (codec == .rle ? RunLengths.maximumSize(bits) : RoaringWriter.maximumSize(bits))
  }

  func encode(
    _ input: RawSpan, into output: inout OutputRawSpan, workers: Workers
  ) throws(TensogramError) -> [(key: String, value: CBORValue)] {
    let bits = try bitCount(input.byteCount)
    output.appendBigEndian(UInt32(bits))
    switch codec {
    case .rle: output.append(copying: RunLengths.encode(input, bitCount: bits))
    case .roaring: output.append(copying: RoaringWriter.encode(input, bitCount: bits))
    }
    return []
  }

  func decodedSize(of payload: PayloadWindow) throws(TensogramError) -> Int? {
    try payload.withBytes(0..<min(payload.count, Self.countSize)) { (bytes) throws(TensogramError) in
      PackedBits.byteCount(try claimedBits(bytes))
    }
  }

  private func claimedBits(_ payload: RawSpan) throws(TensogramError) -> Int {
    guard payload.byteCount >= Self.countSize else {
      throw .compression("\(codec.rawValue) payload of \(payload.byteCount) bytes has no room for its bit count")
    }
    return Int(payload.bigEndian(at: 0, as: UInt32.self))
  }

  func decode(_ payload: RawSpan, into output: inout MutableRawSpan, workers: Workers) throws(TensogramError) {
    let claimed = try claimedBits(payload)
    guard claimed == output.byteCount * 8 else {
      throw .encoding(
        "descriptor claims \(output.byteCount * 8) bits but the \(codec.rawValue) payload holds \(claimed)")
    }
    let blob = payload.extracting(Self.countSize..<payload.byteCount)
    output.fillWithZeros()
    switch codec {
    case .rle:
      try RunLengths.forEachRun(of: blob, bitCount: claimed) { PackedBits.set($0, in: &output) }
    case .roaring:
      let layout = try RoaringLayout(of: blob, bitCount: claimed)
      layout.forEachRun(of: blob, in: 0..<claimed) { PackedBits.set($0, in: &output) }
    }
  }
}
