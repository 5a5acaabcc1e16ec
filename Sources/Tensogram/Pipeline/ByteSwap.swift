/// Reversing the bytes of elements.
enum ByteSwap {
  /// Reverses each group of `width` bytes (1, 2, 4 or 8) in place; the span holds whole groups.
  static func swap(_ bytes: inout MutableRawSpan, width: Int) {
    switch width {
    case 2: swap(&bytes, as: UInt16.self)
    case 4: swap(&bytes, as: UInt32.self)
    case 8: swap(&bytes, as: UInt64.self)
    default: break
    }
  }

  /// The same by several workers.
  static func swap(_ bytes: inout MutableRawSpan, width: Int, workers: Workers) throws(TensogramError) {
    if width == 1 { return }
    let shared = SharedMutableBytes(&bytes)
    let sizes = PieceSizes(smallest: 1 << 20, largest: 16 << 20, unit: 64)
    try workers.forEachPiece(of: 0..<bytes.byteCount, sizes) { (piece) throws(TensogramError) in
      try shared.withPart(piece) { swap(&$0, width: width) }
    }
  }

  /// Reverses each group of `width` bytes of what was appended to `output` from `start` on.
  static func swap(_ output: inout OutputRawSpan, from start: Int, width: Int) {
    var all = output.mutableBytes
    var bytes = all._mutatingExtracting(start..<all.byteCount)
    swap(&bytes, width: width)
  }

  @inline(__always)
  private static func swap<Word: FixedWidthInteger & BitwiseCopyable>(
    _ bytes: inout MutableRawSpan, as type: Word.Type
  ) {
    let size = MemoryLayout<Word>.size
    for index in 0..<bytes.byteCount / size {
      // Any bit pattern is an integer, at any alignment.
      let word = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: index * size, as: Word.self)
      bytes.storeBytes(of: word.byteSwapped, toByteOffset: index * size, as: Word.self)
    }
  }
}
