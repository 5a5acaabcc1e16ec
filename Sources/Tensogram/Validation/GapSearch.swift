/// Finds the next frame behind the end of another, and tells whether only zeros lie between.
enum GapSearch {
  struct Result {
    /// Where `FR` stands; `nil` where it does not come again.
    var frameStart: Int?
    /// The first byte in front of that which is not 0.
    var firstNonZero: Int?
  }

  /// What is looked at first: more than any padding that a writer leaves.
  private static let nearby = 64
  private static let blockSize = 1 << 20

  /// One pass over the bytes of `start..<end`, up to the frame.
  static func run(_ window: inout ByteWindow, from start: Int, to end: Int) throws(TensogramError) -> Result {
    var result = Result()
    if start >= end { return result }
    let near = start..<min(start + nearby, end)
    let found = try look(at: window.bytes(near), from: start, &result)
    if found || near.upperBound == end { return result }
    let source = window.source
    // Blocks overlap by a byte, so that no magic is cut.
    var blockStart = near.upperBound - 1
    while blockStart < end - 1 {
      let block = blockStart..<min(blockStart + blockSize, end)
      let isFound = try source.withBytes(block) { (bytes) throws(TensogramError) in
        look(at: bytes, from: blockStart, &result)
      }
      if isFound { break }
      blockStart = block.upperBound - 1
    }
    return result
  }

  private static func look(at bytes: RawSpan, from position: Int, _ result: inout Result) -> Bool {
    let frame = bytes.firstOffset(of: WireFormat.frameMagic)
    result.frameStart = frame.map { $0 + position }
    if result.firstNonZero == nil {
      let gap = bytes.extracting(0..<(frame ?? bytes.byteCount))
      result.firstNonZero = gap.firstNonZero.map { $0 + position }
    }
    return frame != nil
  }
}

extension RawSpan {
  /// The place of the first byte that is not 0.
  fileprivate var firstNonZero: Int? { (0..<byteCount).first { self[$0] != 0 } }
}
