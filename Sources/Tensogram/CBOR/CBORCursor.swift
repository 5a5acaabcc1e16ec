/// A position in CBOR bytes, and the steps that reader and validation share: heads, lengths, chunks, breaks.
struct CBORCursor: ~Escapable {
  let bytes: RawSpan
  var position = 0

  @_lifetime(copy bytes)
  init(_ bytes: RawSpan) { self.bytes = bytes }

  var bytesLeft: Int { bytes.byteCount - position }

  /// Reads the head at the position and moves behind it.
  @inline(__always)
  mutating func readHead() throws(TensogramError) -> CBORHead {
    let start = position
    guard start < bytes.byteCount else { throw fault(at: start, "the input ends where an item is due") }
    let initialByte = bytes[start]
    position = start + 1
    let information = initialByte & 31
    if information < 24 { return CBORHead(position: start, initialByte: initialByte, argument: UInt64(information)) }
    return CBORHead(
      position: start, initialByte: initialByte, argument: try readArgument(of: initialByte, headAt: start))
  }

  /// The argument after a first byte with additional information of 24 or more.
  private mutating func readArgument(of initialByte: UInt8, headAt start: Int) throws(TensogramError) -> UInt64 {
    let information = initialByte & 31
    switch information {
    case 24: return UInt64(try readInteger(UInt8.self, headAt: start))
    case 25: return UInt64(try readInteger(UInt16.self, headAt: start))
    case 26: return UInt64(try readInteger(UInt32.self, headAt: start))
    case 27: return try readInteger(UInt64.self, headAt: start)
    case 31 where ![0, 1, 6].contains(initialByte >> 5): return 0
    default:
      throw fault(at: start, "additional information \(information) has no meaning in major type \(initialByte >> 5)")
    }
  }

  private mutating func readInteger<Value: FixedWidthInteger & BitwiseCopyable>(
    _ type: Value.Type, headAt start: Int
  ) throws(TensogramError) -> Value {
    guard MemoryLayout<Value>.size <= bytesLeft else { throw fault(at: start, "the input ends inside the item's head") }
    defer { position += MemoryLayout<Value>.size }
    return bytes.bigEndian(at: position)
  }

  /// The content of a string of definite length, which is then behind the position.
  @inline(__always)
  mutating func readContent(of head: CBORHead) throws(TensogramError) -> Range<Int> {
    guard head.argument <= UInt64(bytesLeft) else { throw tooLong(head, "bytes") }
    let start = position
    position += Int(head.argument)
    return start..<position
  }

  /// The next chunk of a string of indefinite length; nil, and behind the break, after the last.
  mutating func readChunk(of string: CBORHead) throws(TensogramError) -> Range<Int>? {
    if takeBreak() { return nil }
    let chunk = try readHead()
    guard chunk.majorType == string.majorType, !chunk.isIndefinite else {
      throw fault(
        at: chunk.position,
        "a chunk of the \(string.majorType) string of byte \(string.position) must be one of definite length")
    }
    return try readContent(of: chunk)
  }

  /// The items that `head` announces, each of at least `minimumByteCount` bytes.
  @inline(__always)
  func itemsLeft(_ head: CBORHead, minimumByteCount: Int, _ name: StaticString) throws(TensogramError) -> CBORItemsLeft
  {
    guard head.argument <= UInt64(bytesLeft / minimumByteCount) else { throw tooLong(head, name) }
    return CBORItemsLeft(count: Int(head.argument), isIndefinite: head.isIndefinite)
  }

  /// Whether another item follows in its container; moves behind the break that ends an indefinite one.
  @inline(__always)
  mutating func takeNext(_ items: inout CBORItemsLeft) -> Bool {
    if items.isIndefinite { return !takeBreak() }
    if items.count == 0 { return false }
    items.count -= 1
    return true
  }

  private mutating func takeBreak() -> Bool {
    guard position < bytes.byteCount, bytes[position] == CBORHead.breakByte else { return false }
    position += 1
    return true
  }

  /// The depth inside the container or tag at `head`.
  @inline(__always)
  func depth(inside head: CBORHead, at depth: Int) throws(TensogramError) -> Int {
    guard depth < CBORLimits.nesting else {
      throw fault(at: head.position, "items are nested more than \(CBORLimits.nesting) levels deep")
    }
    return depth + 1
  }

  /// The text in `range`, which must be UTF-8 (RFC 3629).
  @inline(__always)
  @_lifetime(copy self)
  func text(in range: Range<Int>) throws(TensogramError) -> UTF8Span {
    // Every bit pattern is a byte.
    let codeUnits = unsafe bytes.extracting(range)._unsafeView(as: UInt8.self)
    do { return try UTF8Span(validating: codeUnits) } catch {
      throw fault(at: range.lowerBound + error.byteOffsets.lowerBound, "the text is not UTF-8: \(error.kind)")
    }
  }

  func fault(at offset: Int, _ text: String) -> TensogramError {
    .metadata("CBOR at byte \(offset): \(text)")
  }

  private func tooLong(_ head: CBORHead, _ unit: StaticString) -> TensogramError {
    fault(
      at: head.position,
      "the \(head.majorType) announces \(head.argument) \(unit), but only \(bytesLeft) bytes are left")
  }
}
