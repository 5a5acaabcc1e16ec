/// Reads any well-formed CBOR (RFC 8949), in whatever form a producer chose.
///
///     let metadata = try CBORReader.decode(bytes)
///     let (descriptor, byteCount) = try CBORReader.decodePrefix(bytes)
///
/// Floats of all widths become `Double`, exactly. Every error is a metadata error that names the byte: input that ends
/// early, reserved heads, lengths beyond the input, misplaced breaks, text that is not UTF-8, keys that stand twice in
/// a map, more than 64 levels of nesting. Announced lengths are believed only as far as input backs them. The time is
/// linear in the size of the input; a map whose keys are not in canonical order costs n log n for n keys.
public enum CBORReader {
  /// The one item that `bytes` hold; anything after it is an error.
  public static func decode(_ bytes: RawSpan) throws(TensogramError) -> CBORValue {
    var cursor = CBORCursor(bytes)
    let value = try cursor.readValue(depth: 0)
    try cursor.checkEnd()
    return value
  }

  /// The item at the front of `bytes`, and its length.
  public static func decodePrefix(_ bytes: RawSpan) throws(TensogramError) -> (value: CBORValue, byteCount: Int) {
    var cursor = CBORCursor(bytes)
    let value = try cursor.readValue(depth: 0)
    return (value, cursor.position)
  }
}

extension CBORCursor {
  func checkEnd() throws(TensogramError) {
    guard bytesLeft == 0 else { throw fault(at: position, "\(bytesLeft) bytes follow the item") }
  }

  /// Reads one item; `depth` containers and tags are open around it.
  mutating func readValue(depth: Int) throws(TensogramError) -> CBORValue {
    let head = try readHead()
    switch head.majorType {
    case .unsigned: return .unsigned(head.argument)
    case .negative: return .negative(head.argument)
    case .bytes: return .bytes(try readBytes(head))
    case .text: return .text(try readText(head))
    case .array: return .array(try readArray(head, depth: depth))
    case .map: return .map(try readMap(head, depth: depth))
    case .tag:
      let inside = try self.depth(inside: head, at: depth)
      return .tagged(head.argument, try readValue(depth: inside))
    case .simple: return try simpleValue(head)
    }
  }

  private mutating func readBytes(_ head: CBORHead) throws(TensogramError) -> [UInt8] {
    guard head.isIndefinite else { return [UInt8](bytes.extracting(try readContent(of: head))) }
    var result: [UInt8] = []
    while let chunk = try readChunk(of: head) { result += [UInt8](bytes.extracting(chunk)) }
    return result
  }

  private mutating func readText(_ head: CBORHead) throws(TensogramError) -> String {
    guard head.isIndefinite else { return String(copying: try text(in: try readContent(of: head))) }
    var result = ""
    while let chunk = try readChunk(of: head) { result += String(copying: try text(in: chunk)) }
    return result
  }

  private mutating func readArray(_ head: CBORHead, depth: Int) throws(TensogramError) -> [CBORValue] {
    let inside = try self.depth(inside: head, at: depth)
    var left = try itemsLeft(head, minimumByteCount: 1, "items")
    var result: [CBORValue] = []
    result.reserveCapacity(left.reservableCount)
    while takeNext(&left) { result.append(try readValue(depth: inside)) }
    return result
  }

  private mutating func readMap(_ head: CBORHead, depth: Int) throws(TensogramError) -> CBORMap {
    let inside = try self.depth(inside: head, at: depth)
    var left = try itemsLeft(head, minimumByteCount: 2, "entries")
    var result: [CBORMap.Entry] = []
    result.reserveCapacity(left.reservableCount)
    var order = CBORKeyOrder()
    while takeNext(&left) {
      let start = position
      let key = try readValue(depth: inside)
      order.append(start..<position, in: bytes)
      result.append(CBORMap.Entry(key: key, value: try readValue(depth: inside)))
    }
    if !order.isAscending { try checkKeysAreDistinct(inMapAt: head.position) }
    return CBORMap(entries: result)
  }

  /// The item of major type 7 (RFC 8949, section 3.3).
  func simpleValue(_ head: CBORHead) throws(TensogramError) -> CBORValue {
    switch head.additionalInformation {
    case 20: return .bool(false)
    case 21: return .bool(true)
    case 22: return .null
    case 23: return .undefined
    case 25: return .float(Double(Float16(bitPattern: UInt16(truncatingIfNeeded: head.argument))))
    case 26: return .float(Double(Float(bitPattern: UInt32(truncatingIfNeeded: head.argument))))
    case 27: return .float(Double(bitPattern: head.argument))
    case 31: throw fault(at: head.position, "a break stands outside of an item of indefinite length")
    case 24 where head.argument < 32:
      throw fault(at: head.position, "simple value \(head.argument) must not take two bytes")
    default: return .simple(UInt8(truncatingIfNeeded: head.argument))
    }
  }
}
