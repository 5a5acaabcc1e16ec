/// Uninitialised working memory that frees itself; for intermediate stages and positioned reads.
@safe public struct ScratchBuffer: ~Copyable {
  private let memory: UnsafeMutableRawBufferPointer

  /// Room for `byteCount` bytes, 64-byte aligned. The caller has checked that this size is backed by real input.
  public init(byteCount: Int) {
    unsafe memory = UnsafeMutableRawBufferPointer.allocate(byteCount: max(byteCount, 1), alignment: 64)
    count = byteCount
  }

  deinit { unsafe memory.deallocate() }

  public let count: Int

  public var bytes: RawSpan {
    @_lifetime(borrow self)
    get {
      // The memory lives as long as self, which the span borrows.
      let span = unsafe RawSpan(_unsafeStart: UnsafeRawPointer(memory.baseAddress!), byteCount: count)
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }

  public var mutableBytes: MutableRawSpan {
    @_lifetime(&self)
    mutating get {
      let span = unsafe MutableRawSpan(_unsafeStart: memory.baseAddress!, byteCount: count)
      return unsafe _overrideLifetime(span, mutating: &self)
    }
  }
}
