/// A range of a source, in memory.
@safe final class HeldBytes: @unchecked Sendable {
  let range: Range<Int>
  private let memory: UnsafeMutableRawBufferPointer

  /// Room for the bytes of `range`; whoever makes one fills all of it before others see it.
  init(_ range: Range<Int>) {
    self.range = range
    unsafe memory = UnsafeMutableRawBufferPointer.allocate(byteCount: max(range.count, 1), alignment: 64)
  }

  /// The bytes of `range`, read from `source`.
  convenience init(_ range: Range<Int>, of source: any ByteSource) throws(TensogramError) {
    self.init(range)
    // Nobody else has this memory yet.
    var all = unsafe MutableRawSpan(_unsafeBytes: UnsafeMutableRawBufferPointer(rebasing: memory[..<range.count]))
    try source.read(at: range.lowerBound, into: &all)
  }

  deinit { unsafe memory.deallocate() }

  /// Puts `bytes` at `offset` of the source.
  func fill(_ bytes: RawSpan, at offset: Int) {
    precondition(offset >= range.lowerBound && bytes.byteCount <= range.upperBound - offset)
    var all = unsafe MutableRawSpan(_unsafeBytes: UnsafeMutableRawBufferPointer(rebasing: memory[..<range.count]))
    let start = offset - range.lowerBound
    var part = all._mutatingExtracting(start..<start + bytes.byteCount)
    part.copy(bytes)
  }

  func contains(_ part: Range<Int>) -> Bool {
    part.lowerBound >= range.lowerBound && part.upperBound <= range.upperBound
  }

  /// The bytes of `part`, which is within ``range``.
  @_lifetime(borrow self)
  func bytes(_ part: Range<Int>) -> RawSpan {
    // The memory lives as long as self, which the span borrows.
    let all = unsafe RawSpan(_unsafeBytes: UnsafeRawBufferPointer(memory))
    let start = part.lowerBound - range.lowerBound
    return unsafe _overrideLifetime(all.extracting(start..<start + part.count), borrowing: self)
  }
}
