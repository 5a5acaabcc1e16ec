/// Bytes that can be read from any position, by any number of threads at once: a file, memory, a remote object.
public protocol ByteSource: AnyObject, Sendable {
  /// Bytes there are now. A file's may change while it is open.
  func count() throws(TensogramError) -> Int

  /// All the bytes, where they are in memory for as long as the source lives; else `nil`.
  var resident: UnsafeRawBufferPointer? { get }

  /// Whether small reads get more than they ask for, so that nobody else needs to.
  var readsAhead: Bool { get }

  /// Fills `destination` from `offset` on; bytes that are not there are a framing or system error, never a partial
  /// result.
  func read(at offset: Int, into destination: inout MutableRawSpan) throws(TensogramError)

  /// Hands `range` to `body`, in place where the bytes are in memory, else through a buffer of that size.
  ///
  /// A range that is not there is an error before anything of its size is allocated.
  func withBytes<Result>(
    _ range: Range<Int>, _ body: (RawSpan) throws(TensogramError) -> Result
  ) throws(TensogramError) -> Result
}

extension ByteSource {
  public var resident: UnsafeRawBufferPointer? { nil }

  public var readsAhead: Bool { false }

  /// Whether all bytes are in memory.
  var isResident: Bool { unsafe resident != nil }

  public func withBytes<Result>(
    _ range: Range<Int>, _ body: (RawSpan) throws(TensogramError) -> Result
  ) throws(TensogramError) -> Result {
    let available = try count()
    guard range.lowerBound >= 0, range.upperBound <= available else {
      throw .framing("bytes \(range) are not there: the source has \(available)")
    }
    var scratch = try ScratchBuffer(byteCount: range.count)
    var bytes = scratch.mutableBytes
    try read(at: range.lowerBound, into: &bytes)
    return try body(scratch.bytes)
  }
}

/// The part of a source that holds one object's payload; offsets are relative to its start.
public struct PayloadWindow: Sendable {
  public let source: any ByteSource
  public let range: Range<Int>

  public init(_ source: any ByteSource, _ range: Range<Int>) {
    self.source = source
    self.range = range
  }

  public var count: Int { range.count }

  /// As ``ByteSource/read(at:into:)``, within the window.
  public func read(at offset: Int, into destination: inout MutableRawSpan) throws(TensogramError) {
    try check(offset, destination.byteCount)
    try source.read(at: range.lowerBound + offset, into: &destination)
  }

  /// As ``ByteSource/withBytes(_:_:)``, within the window.
  public func withBytes<Result>(
    _ part: Range<Int>, _ body: (RawSpan) throws(TensogramError) -> Result
  ) throws(TensogramError) -> Result {
    try check(part.lowerBound, part.count)
    let start = range.lowerBound + part.lowerBound
    return try source.withBytes(start..<start + part.count, body)
  }

  /// The whole payload.
  public func withBytes<Result>(
    _ body: (RawSpan) throws(TensogramError) -> Result
  ) throws(TensogramError) -> Result {
    try withBytes(0..<count, body)
  }

  private func check(_ offset: Int, _ length: Int) throws(TensogramError) {
    guard offset >= 0, length >= 0, offset <= count, length <= count - offset else {
      throw .framing("bytes \(offset)..<\(offset &+ length) are outside a payload of \(count) bytes")
    }
  }
}
