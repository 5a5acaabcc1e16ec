/// Reads the parts of a stream in their order; whatever is not there is an error that names the part.
struct SZ3Reader: ~Escapable {
  private let bytes: RawSpan
  private(set) var offset = 0
  /// Of the caller, who may want decoding to stop.
  let workers: Workers

  @_lifetime(copy bytes)
  init(_ bytes: RawSpan, workers: Workers = Workers()) {
    self.bytes = bytes
    self.workers = workers
  }

  var remaining: Int { bytes.byteCount - offset }

  /// The next `count` bytes.
  @_lifetime(copy self)
  mutating func bytes(_ count: Int, _ part: StaticString) throws(TensogramError) -> RawSpan {
    guard count >= 0, count <= remaining else {
      throw .sz3("\(part) takes \(count) bytes, only \(remaining) are left")
    }
    let start = offset
    offset += count
    return bytes.extracting(start..<offset)
  }

  /// The next `count` items of `size` bytes each.
  @_lifetime(copy self)
  mutating func items(_ count: Int, of size: Int, _ part: StaticString) throws(TensogramError) -> RawSpan {
    guard count >= 0, count <= remaining / size else {
      throw .sz3("\(part) has \(count) items of \(size) bytes, only \(remaining) bytes are left")
    }
    return try bytes(count * size, part)
  }

  /// The next integer, little-endian.
  mutating func integer<T: FixedWidthInteger & BitwiseCopyable>(
    _ part: StaticString, as type: T.Type = T.self
  ) throws(TensogramError) -> T {
    // Every bit pattern is an integer.
    T(littleEndian: unsafe try bytes(MemoryLayout<T>.size, part).unsafeLoadUnaligned(as: T.self))
  }

  mutating func bigEndianInteger(_ part: StaticString) throws(TensogramError) -> UInt32 {
    UInt32(bigEndian: try integer(part, as: UInt32.self).littleEndian)
  }

  mutating func double(_ part: StaticString) throws(TensogramError) -> Double {
    Double(bitPattern: try integer(part))
  }

  /// The next 64-bit integer, which must be one of `allowed`.
  mutating func count(_ part: StaticString, in allowed: ClosedRange<Int>) throws(TensogramError) -> Int {
    let found: UInt64 = try integer(part)
    guard let count = Int(exactly: found), allowed.contains(count) else {
      let wanted =
        allowed.lowerBound == allowed.upperBound
        ? "\(allowed.lowerBound)" : "\(allowed.lowerBound) to \(allowed.upperBound)"
      throw .sz3("\(part) is \(found), must be \(wanted)")
    }
    return count
  }
}

extension TensogramError {
  /// A compression error that names the codec.
  static func sz3(_ text: String) -> TensogramError { .compression("sz3: " + text) }
}
