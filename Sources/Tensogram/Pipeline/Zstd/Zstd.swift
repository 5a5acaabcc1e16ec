import CZstd

/// Zstandard (RFC 8878): one standard frame with its content size.
///
/// Descriptor: `{"compression": "zstd", "zstd_level": 3}`; the level is optional, and levels outside the library's range
/// mean its nearest.
struct Zstd: CompressionStage {
  let level: Int32

  init(level: Int = 3) { self.level = Int32(clamping: level) }

  init(_ parameters: StageParameters) throws(TensogramError) {
    self.init(level: try parameters.integer("zstd_level", in: Int(Int32.min)...Int(Int32.max)) ?? 3)
  }

  var capabilities: StageCapabilities { StageCapabilities() }

  func maximumEncodedSize(_ byteCount: Int) throws(TensogramError) -> Int {
    let bound = ZSTD_compressBound(byteCount)
    guard ZSTD_isError(bound) == 0 else { throw .compression("zstd cannot take \(byteCount) bytes at once") }
    return bound
  }

  func encode(
    _ input: RawSpan, into output: inout OutputRawSpan, workers: Workers
  ) throws(TensogramError) -> [(key: String, value: CBORValue)] {
    try ZstdFrame.encode(input, level: level, into: &output, workers)
    return []
  }

  /// The longest header that a frame starts with (RFC 8878 §3.1.1.1).
  private static let longestFrameHeader = 18
  /// The most bytes that a block decodes to, and the fewest that it takes: a header and the byte to repeat (§3.1.1.2).
  private static let largestBlock: UInt64 = 128 << 10
  private static let shortestBlock: UInt64 = 4

  func decodedSize(of payload: PayloadWindow) throws(TensogramError) -> Int? {
    let size = try payload.withBytes(0..<min(payload.count, Self.longestFrameHeader)) {
      (header) throws(TensogramError) in
      unsafe header.withUnsafeBytes { header in
        // The library reads only the header's bytes.
        unsafe ZSTD_getFrameContentSize(header.baseAddress, header.count)
      }
    }
    if size == UInt64.max - 1 { throw .compression("zstd error: the payload does not start with a zstd frame") }
    if size == UInt64.max { return nil }
    guard size / Self.largestBlock <= UInt64(payload.count) / Self.shortestBlock else {
      throw .compression("zstd payload of \(payload.count) bytes cannot hold the \(size) bytes it claims")
    }
    return Int(clamping: size)
  }

  func decode(_ payload: RawSpan, into output: inout MutableRawSpan, workers: Workers) throws(TensogramError) {
    let expected = output.byteCount
    let found = try ZstdFrame.decode(payload, into: &output, workers)
    guard found == expected else {
      let held = found > expected ? "more" : String(found)
      throw .encoding("descriptor claims \(expected) bytes but the zstd frame holds \(held)")
    }
  }
}
