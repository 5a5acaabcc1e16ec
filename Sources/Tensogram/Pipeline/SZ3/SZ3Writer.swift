/// Appends the parts of a stream, integers little-endian.
struct SZ3Writer {
  var bytes: [UInt8] = []

  mutating func append<T: FixedWidthInteger & BitwiseCopyable>(_ value: T) {
    // An integer has no padding.
    unsafe withUnsafeBytes(of: value.littleEndian) { unsafe bytes.append(contentsOf: $0) }
  }

  mutating func append<T: FixedWidthInteger & BitwiseCopyable>(_ values: [T]) {
    // Integers have no padding.
    unsafe values.map(\.littleEndian).withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
  }

  mutating func append(bigEndian value: UInt32) { append(value.byteSwapped) }

  mutating func append(_ value: Double) { append(value.bitPattern) }

  mutating func append<Element: SZ3Element>(_ values: [Element]) {
    // Floats have no padding.
    unsafe values.map(\.littleEndian).withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
  }

  /// Appends the lowest `count` bytes of `value`.
  mutating func append(lowest count: Int, of value: UInt64) {
    for byte in 0..<count { bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(8 * byte))) }
  }

  mutating func append(zeros count: Int) { bytes.append(contentsOf: repeatElement(0, count: count)) }
}
