import CPython
import Tensogram

/// The functions that look at bytes as a whole (contract §14, §15).
enum ScanFunctions {
  static let methods: [Method] = [
    Method(scan, scanDocumentation) { _, given, count, names in
      call(scan, given, count, names) { (arguments) throws(PythonError) in
        let view = try BufferView(arguments.required(0))
        let ranges = try view.messageRanges()
        return try .list(count: ranges.count) { (index) throws(PythonError) in
          try .tuple(PythonObject(ranges[index].lowerBound), PythonObject(ranges[index].count))
        }
      }
    },
    Method(iterMessages, iterMessagesDocumentation) { _, given, count, names in
      call(iterMessages, given, count, names) { (arguments) throws(PythonError) in
        let isVerifying = try arguments.flag(1, default: false)
        return try MessageIterType.wrap(arguments.required(0), verifyHash: isVerifying)
      }
    },
    Method(computeHash, computeHashDocumentation) { _, given, count, names in
      call(computeHash, given, count, names) { (arguments) throws(PythonError) in
        let data = try arguments.required(0)
        guard data.isBytes || data.isByteArray else {
          throw .type("argument 'data' must be bytes or bytearray, not \(data.typeName)")
        }
        let algorithm = try arguments.text(1, default: "xxh3")
        guard algorithm == "xxh3" || algorithm == "none" else {
          throw .value("unknown hash type: '\(algorithm)', not xxh3")
        }
        return try PythonObject(text: String(hexDigest: BufferView(data).hash()))
      }
    },
  ]

  private static let scan = Signature("scan(buf)")
  private static let iterMessages = Signature("iter_messages(buf, *, verify_hash=False)")
  private static let computeHash = Signature("compute_hash(data, algo=\"xxh3\")")

  private static let scanDocumentation = """
    Find the messages in a buffer: a list of ``(offset, length)``, past anything that is no message.
    """
  private static let iterMessagesDocumentation = """
    Decode the messages in a buffer one by one: an iterator of ``Message``.

    One that cannot be decoded raises from ``next`` and is passed over by the ``next`` after that.
    """
  private static let computeHashDocumentation = """
    The XXH3-64 hash of bytes, as 16 hexadecimal digits: what messages carry.
    """
}

extension BufferView {
  func hash() throws(PythonError) -> UInt64 {
    let memory = unsafe UnsafeRawBufferPointer(memory)
    // The view holds the memory; hashing is several times faster than what the threshold is made for.
    return try releasingGIL(work: count / 4) { () throws(TensogramError) in
      XXH3.hash(unsafe RawSpan(_unsafeBytes: memory))
    }
  }

  /// Where the messages are.
  func messageRanges() throws(PythonError) -> [Range<Int>] {
    let source = unsafe MemorySource(memory: UnsafeRawBufferPointer(memory), owner: nil)
    return try releasingGIL(work: count) { () throws(TensogramError) in try MessageScanner.scan(source) }
  }
}
