/// Bytes in memory that an owner keeps alive: a Python buffer, an array, a mapping.
///
/// The bytes must not change while the source is in use.
@safe public final class MemorySource: ByteSource, @unchecked Sendable {
  private let memory: UnsafeRawBufferPointer
  private let owner: AnyObject?

  /// `owner` is whatever must live for `memory` to stay valid; `nil` where the caller sees to that.
  public init(memory: UnsafeRawBufferPointer, owner: AnyObject?) {
    unsafe self.memory = unsafe memory
    self.owner = owner
  }

  /// A copy of `bytes`.
  public init(copying bytes: [UInt8]) {
    let copy = OwnedBytes(bytes)
    unsafe memory = copy.memory
    owner = copy
  }

  public var bytes: RawSpan {
    @_lifetime(borrow self)
    get { unsafe _overrideLifetime(RawSpan(_unsafeBytes: memory), borrowing: self) }
  }

  public func count() -> Int { unsafe memory.count }

  public var resident: UnsafeRawBufferPointer? { unsafe memory }

  public func read(at offset: Int, into destination: inout MutableRawSpan) throws(TensogramError) {
    try requireRange(offset, destination.byteCount)
    destination.copy(bytes.extracting(offset..<offset + destination.byteCount))
  }

  public func withBytes<Result>(
    _ range: Range<Int>, _ body: (RawSpan) throws(TensogramError) -> Result
  ) throws(TensogramError) -> Result {
    try requireRange(range.lowerBound, range.count)
    return try body(bytes.extracting(range))
  }

  private func requireRange(_ offset: Int, _ length: Int) throws(TensogramError) {
    guard offset >= 0, offset <= count(), length <= count() - offset else {
      throw .framing("\(length) bytes at \(offset) are not there: the buffer has \(count()) bytes")
    }
  }
}

/// Heap memory with the lifetime of an object.
@safe private final class OwnedBytes {
  let memory: UnsafeRawBufferPointer

  init(_ bytes: [UInt8]) {
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 64)
    unsafe copy.copyBytes(from: bytes)
    unsafe memory = UnsafeRawBufferPointer(copy)
  }

  deinit { unsafe memory.deallocate() }
}
