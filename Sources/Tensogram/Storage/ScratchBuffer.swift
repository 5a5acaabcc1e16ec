import Glibc

/// Uninitialised working memory that frees itself; for intermediate stages and positioned reads.
@safe public struct ScratchBuffer: ~Copyable {
  private let memory: UnsafeMutableRawPointer

  /// Room for `byteCount` bytes, 64-byte aligned; a system error (`ENOMEM`) where there is none.
  ///
  /// The caller has checked that this size is backed by real input or by the size of its own result.
  public init(byteCount: Int) throws(TensogramError) {
    var pointer: UnsafeMutableRawPointer?
    guard unsafe posix_memalign(&pointer, 64, max(byteCount, 1)) == 0, let pointer = unsafe pointer else {
      throw TensogramError(.system(code: ENOMEM), "cannot allocate \(byteCount) bytes of working memory")
    }
    unsafe memory = pointer
    count = byteCount
  }

  /// A copy of `bytes`.
  init(copying bytes: RawSpan) throws(TensogramError) {
    try self.init(byteCount: bytes.byteCount)
    var copy = mutableBytes
    copy.copy(bytes)
  }

  deinit { unsafe free(memory) }

  public let count: Int

  public var bytes: RawSpan {
    @_lifetime(borrow self)
    get {
      // The memory lives as long as self, which the span borrows.
      let span = unsafe RawSpan(_unsafeStart: UnsafeRawPointer(memory), byteCount: count)
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }

  public var mutableBytes: MutableRawSpan {
    @_lifetime(&self)
    mutating get {
      let span = unsafe MutableRawSpan(_unsafeStart: memory, byteCount: count)
      return unsafe _overrideLifetime(span, mutating: &self)
    }
  }

  /// Lets `body` append to the empty buffer; returns how many bytes it appended.
  mutating func withOutput(
    _ body: (inout OutputRawSpan) throws(TensogramError) -> Void
  ) throws(TensogramError) -> Int {
    // The buffer's own memory, which nobody else uses while this runs.
    let whole = unsafe UnsafeMutableRawBufferPointer(start: memory, count: count)
    var output = unsafe OutputRawSpan(buffer: whole, initializedCount: 0)
    try body(&output)
    return unsafe output.finalize(for: whole)
  }

  /// A copy of the first `size` bytes.
  func array(_ size: Int) -> [UInt8] {
    unsafe Array(UnsafeRawBufferPointer(start: memory, count: min(size, count)))
  }

  /// Copies `range` to the front of `output`.
  func copy(_ range: Range<Int>, into output: inout MutableRawSpan) { output.copy(bytes.extracting(range)) }
}
