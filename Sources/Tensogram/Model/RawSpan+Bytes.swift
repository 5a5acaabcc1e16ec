import Glibc

// Big-endian integers and copies on spans of bytes. All of them check their bounds and work at any alignment.

extension RawSpan {
  /// The big-endian integer at `offset`.
  @inline(__always)
  func bigEndian<T: FixedWidthInteger & BitwiseCopyable>(at offset: Int, as type: T.Type = T.self) -> T {
    // Every bit pattern is an integer.
    T(bigEndian: unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: T.self))
  }

  @inline(__always)
  subscript(offset: Int) -> UInt8 { unsafe unsafeLoad(fromByteOffset: offset, as: UInt8.self) }

  /// Whether the bytes from `offset` on are those of `other`; false where there are fewer left.
  func matches(_ other: StaticString, at offset: Int) -> Bool {
    guard offset >= 0, byteCount - offset >= other.utf8CodeUnitCount else { return false }
    for index in 0..<other.utf8CodeUnitCount
    where unsafe self[offset + index] != other.utf8Start[index] { return false }
    return true
  }
}

extension MutableRawSpan {
  /// Copies `source` to the bytes from `offset` on.
  @inline(__always)
  mutating func copy(_ source: RawSpan, at offset: Int = 0) {
    precondition(offset >= 0 && byteCount - offset >= source.byteCount)
    if source.isEmpty { return }
    unsafe withUnsafeMutableBytes { destination in
      unsafe source.withUnsafeBytes { source in
        // Both are as long as was just checked, and a mutable span overlaps no other.
        unsafe (destination.baseAddress! + offset).copyMemory(from: source.baseAddress!, byteCount: source.count)
      }
    }
  }

  /// Moves the bytes of `range` to `offset`; both may overlap.
  mutating func move(_ range: Range<Int>, to offset: Int) {
    precondition(offset >= 0 && offset <= byteCount - range.count)
    precondition(range.lowerBound >= 0 && range.upperBound <= byteCount)
    if range.isEmpty || offset == range.lowerBound { return }
    unsafe withUnsafeMutableBytes { bytes in
      // Both are inside the span, as was just checked.
      let base = bytes.baseAddress!
      unsafe memmove(base + offset, base + range.lowerBound, range.count)
    }
  }

  mutating func storeBigEndian<T: FixedWidthInteger & BitwiseCopyable>(_ value: T, at offset: Int) {
    storeBytes(of: value.bigEndian, toByteOffset: offset, as: T.self)
  }

  /// Sets every byte to 0.
  mutating func fillWithZeros() {
    if byteCount == 0 { return }
    unsafe withUnsafeMutableBytes { bytes in
      // Within the span's own bounds.
      _ = unsafe bytes.initializeMemory(as: UInt8.self, repeating: 0)
    }
  }
}

extension OutputRawSpan {
  /// Appends `source`; there must be room.
  @inline(__always)
  mutating func append(copying source: RawSpan) {
    precondition(freeCapacity >= source.byteCount)
    if source.isEmpty { return }
    unsafe withUnsafeMutableBytes { buffer, initializedCount in
      unsafe source.withUnsafeBytes { source in
        // There is room, as was just checked.
        unsafe (buffer.baseAddress! + initializedCount).copyMemory(
          from: source.baseAddress!, byteCount: source.count)
      }
      initializedCount += source.byteCount
    }
  }

  mutating func append(_ text: StaticString) {
    for index in 0..<text.utf8CodeUnitCount {
      let unit = unsafe text.utf8Start[index]
      append(unit)
    }
  }

  mutating func append(copying bytes: [UInt8]) {
    // Bytes have no padding that could be read.
    append(copying: unsafe bytes.span.bytes)
  }

  mutating func appendBigEndian<T: FixedWidthInteger & BitwiseCopyable>(_ value: T) {
    // An integer has no padding.
    unsafe append(value.bigEndian, as: T.self)
  }

  mutating func appendZeros(_ count: Int) {
    // A byte has no padding.
    unsafe append(repeating: 0, count: count, as: UInt8.self)
  }

  /// Lets `body` fill `count` more bytes, which it must do; on an error nothing is appended.
  mutating func append<Result>(
    count: Int, _ body: (inout MutableRawSpan) throws(TensogramError) -> Result
  ) throws(TensogramError) -> Result {
    precondition(freeCapacity >= count)
    return unsafe try withUnsafeMutableBytes { (buffer, initializedCount) throws(TensogramError) -> Result in
      // The bytes behind the initialised ones are this span's, and `body` writes all of them.
      var bytes = unsafe MutableRawSpan(_unsafeStart: buffer.baseAddress! + initializedCount, byteCount: count)
      let result = try body(&bytes)
      initializedCount += count
      return result
    }
  }
}

extension OutputRawSpan {
  /// Puts `replacement` in the place of `range`, and moves what follows; there must be room.
  mutating func replace(_ range: Range<Int>, with replacement: RawSpan) {
    let surplus = range.count - replacement.byteCount
    precondition(range.upperBound <= byteCount)
    if surplus != 0 { move(range.upperBound..<byteCount, by: -surplus) }
    var bytes = mutableBytes
    bytes.copy(replacement, at: range.lowerBound)
  }

  /// Moves the last bytes; the ones they leave at the end are removed.
  private mutating func move(_ range: Range<Int>, by distance: Int) {
    if distance > 0 { appendZeros(distance) }
    var bytes = mutableBytes
    bytes.move(range, to: range.lowerBound + distance)
    if distance < 0 { removeLast(-distance) }
  }
}

extension Int {
  /// The next multiple of `unit`, a power of two, not below this.
  @inline(__always)
  func roundedUp(to unit: Int) -> Int { (self + unit - 1) & ~(unit - 1) }
}
