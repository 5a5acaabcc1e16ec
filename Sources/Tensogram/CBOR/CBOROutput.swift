/// The bytes a ``CBORWriter`` has written: memory that grows, without the checks of ownership an array makes at each
/// append.
@safe struct CBOROutput: ~Copyable {
  private var memory: UnsafeMutableRawBufferPointer
  private(set) var count = 0

  init(capacity: Int) { unsafe memory = .allocate(byteCount: capacity, alignment: 1) }

  deinit { unsafe memory.deallocate() }

  var bytes: RawSpan {
    @_lifetime(borrow self)
    get {
      // The memory lives as long as self, which the span borrows; the first count bytes of it are initialised.
      let span = unsafe RawSpan(_unsafeBytes: UnsafeRawBufferPointer(rebasing: memory[..<count]))
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }

  @inline(__always)
  mutating func append(_ byte: UInt8) {
    reserve(1)
    // In the memory just reserved.
    unsafe memory.storeBytes(of: byte, toByteOffset: count, as: UInt8.self)
    count += 1
  }

  /// The first byte of a head, and its argument behind it.
  @inline(__always)
  mutating func append(_ initialByte: UInt8, _ argument: some FixedWidthInteger & BitwiseCopyable) {
    let byteCount = argument.bitWidth / 8
    reserve(1 + byteCount)
    // In the memory just reserved.
    unsafe memory.storeBytes(of: initialByte, toByteOffset: count, as: UInt8.self)
    unsafe memory.storeBytes(of: argument.bigEndian, toByteOffset: count + 1, as: type(of: argument))
    count += 1 + byteCount
  }

  @inline(__always)
  mutating func append(contentsOf bytes: RawSpan) {
    unsafe bytes.withUnsafeBytes { unsafe append(contentsOf: $0) }
  }

  @inline(__always)
  mutating func append(contentsOf text: String) {
    var text = text
    // Text of any other storage than UTF-8 is made such first.
    text.withUTF8 { unsafe append(contentsOf: UnsafeRawBufferPointer($0)) }
  }

  /// Appends bytes that are there already once more.
  mutating func appendCopy(of range: Range<Int>) {
    precondition(range.lowerBound >= 0 && range.upperBound <= count)
    reserve(range.count)
    // Both ranges are in the memory, and apart.
    unsafe UnsafeMutableRawBufferPointer(rebasing: memory[count...])
      .copyMemory(from: UnsafeRawBufferPointer(rebasing: memory[range]))
    count += range.count
  }

  /// Takes bytes away; those behind them move up.
  mutating func removeBytes(_ range: Range<Int>) {
    precondition(range.lowerBound >= 0 && range.upperBound <= count)
    // Both ranges are in the memory; the copy may overlap.
    unsafe UnsafeMutableRawBufferPointer(rebasing: memory[range.lowerBound...])
      .copyMemory(from: UnsafeRawBufferPointer(rebasing: memory[range.upperBound..<count]))
    count -= range.count
  }

  private mutating func append(contentsOf bytes: UnsafeRawBufferPointer) {
    reserve(bytes.count)
    // In the memory just reserved.
    unsafe UnsafeMutableRawBufferPointer(rebasing: memory[count...]).copyMemory(from: bytes)
    count += bytes.count
  }

  @inline(__always)
  private mutating func reserve(_ byteCount: Int) {
    if unsafe memory.count - count < byteCount { grow(by: byteCount) }
  }

  @inline(never)
  private mutating func grow(by byteCount: Int) {
    let larger = unsafe UnsafeMutableRawBufferPointer.allocate(
      byteCount: max(2 * memory.count, count + byteCount), alignment: 1)
    // The larger memory has room for the bytes of the smaller one.
    unsafe larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: memory[..<count]))
    unsafe memory.deallocate()
    unsafe memory = larger
  }
}

extension Array<UInt8> {
  init(_ bytes: RawSpan) {
    // The buffer does not outlive the closure.
    self = unsafe bytes.withUnsafeBytes { unsafe Array($0) }
  }
}
