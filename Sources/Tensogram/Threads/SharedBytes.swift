/// Bytes that several workers read while a call that has borrowed them waits for all of them.
@safe struct SharedBytes: @unchecked Sendable {
  private let memory: UnsafeRawBufferPointer

  init(_ bytes: RawSpan) {
    // Used only by workers that are waited for while `bytes` is alive.
    unsafe memory = bytes.withUnsafeBytes { unsafe $0 }
  }

  var bytes: RawSpan {
    @_lifetime(borrow self)
    get { unsafe _overrideLifetime(RawSpan(_unsafeBytes: memory), borrowing: self) }
  }
}

/// Bytes of which several workers write parts that do not overlap, while a call that owns them waits for all of them.
@safe struct SharedMutableBytes: @unchecked Sendable {
  private let memory: UnsafeMutableRawBufferPointer

  init(_ bytes: inout MutableRawSpan) {
    // Used only by workers that are waited for while `bytes` is alive.
    unsafe memory = bytes.withUnsafeMutableBytes { unsafe $0 }
  }

  /// Hands `range`, which no other worker uses, to `body`.
  func withPart<Result: ~Copyable>(
    _ range: Range<Int>, _ body: (inout MutableRawSpan) throws(TensogramError) -> Result
  ) throws(TensogramError) -> Result {
    let part = unsafe UnsafeMutableRawBufferPointer(rebasing: memory[range])
    var span = unsafe MutableRawSpan(_unsafeBytes: part)
    return try body(&span)
  }

  /// Hands `range`, which no other worker uses, to `body` as room for output.
  func withOutput<Result>(
    _ range: Range<Int>, _ body: (inout OutputRawSpan) throws(TensogramError) -> Result
  ) throws(TensogramError) -> Result {
    let part = unsafe UnsafeMutableRawBufferPointer(rebasing: memory[range])
    var output = unsafe OutputRawSpan(buffer: part, initializedCount: 0)
    let result = try body(&output)
    _ = unsafe output.finalize(for: part)
    return result
  }

  /// Hands two ranges, which do not overlap, to `body`: one to write, one to read.
  func withParts(
    _ range: Range<Int>, reading source: Range<Int>,
    _ body: (inout MutableRawSpan, RawSpan) throws(TensogramError) -> Void
  ) throws(TensogramError) {
    precondition(!range.overlaps(source))
    let part = unsafe RawSpan(_unsafeBytes: UnsafeRawBufferPointer(rebasing: memory[source]))
    try withPart(range) { (span) throws(TensogramError) in try body(&span, part) }
  }
}
