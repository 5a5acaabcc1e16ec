extension RawSpan {
  /// Whether the first byte has an address that is a multiple of `alignment`.
  func isAligned(to alignment: Int) -> Bool {
    unsafe withUnsafeBytes { bytes in
      // Only the address is looked at.
      UInt(bitPattern: bytes.baseAddress) % UInt(alignment) == 0
    }
  }

  /// Hands the bytes to `body`, through a copy where they are not at such an address.
  func withAligned<Result>(
    to alignment: Int, _ body: (RawSpan) throws(TensogramError) -> Result
  ) throws(TensogramError) -> Result {
    if isAligned(to: alignment) { return try body(self) }
    var copy = try ScratchBuffer(byteCount: byteCount)
    var bytes = copy.mutableBytes
    bytes.copy(self)
    return try body(bytes.bytes)
  }
}

extension MutableRawSpan {
  /// Lets `body` fill all the bytes, or others that are copied here where these are not at such an address.
  mutating func withAligned<Result>(
    to alignment: Int, _ body: (inout MutableRawSpan) throws(TensogramError) -> Result
  ) throws(TensogramError) -> Result {
    if bytes.isAligned(to: alignment) { return try body(&self) }
    var copy = try ScratchBuffer(byteCount: byteCount)
    var aligned = copy.mutableBytes
    let result = try body(&aligned)
    self.copy(aligned.bytes)
    return result
  }
}
