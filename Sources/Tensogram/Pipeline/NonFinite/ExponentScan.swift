/// Finds the first scalar whose exponent bits are all ones.
///
/// A block is first asked as a whole, in a loop without branches that the compiler turns into vector code for every
/// width; byte order costs nothing, because the mask is swapped instead of the values.
enum ExponentScan {
  /// Bytes that are looked at between two decisions: a small part of the first-level cache, and whole scalars.
  static let blockSize = 4096

  /// The index of the first such scalar of `values`; a cut-off last scalar does not count.
  static func firstScalar(in values: RawSpan, _ layout: FloatLayout) -> Int? {
    switch layout.width {
    case 2: firstScalar(in: values, layout, as: UInt16.self)
    case 4: firstScalar(in: values, layout, as: UInt32.self)
    default: firstScalar(in: values, layout, as: UInt64.self)
    }
  }

  @inline(__always)
  private static func firstScalar<Word: FixedWidthInteger & BitwiseCopyable>(
    in values: RawSpan, _ layout: FloatLayout, as type: Word.Type
  ) -> Int? {
    let native = Word(truncatingIfNeeded: layout.exponentMask)
    let mask = layout.byteOrder == .big ? native.bigEndian : native.littleEndian
    let size = values.byteCount / MemoryLayout<Word>.size * MemoryLayout<Word>.size
    var offset = 0
    while offset < size {
      let end = min(offset + blockSize, size)
      let block = values.extracting(offset..<end)
      if hits(in: block, mask) != 0 {
        let found = (0..<block.byteCount / layout.width).first {
          layout.bits(at: $0 * layout.width, of: block) & layout.exponentMask == layout.exponentMask
        }
        if let found { return offset / layout.width + found }
      }
      offset = end
    }
    return nil
  }

  /// How many words of `block`, at most ``blockSize`` bytes, have all bits of `mask`.
  @inline(__always)
  static func hits<Word: FixedWidthInteger & BitwiseCopyable>(in block: RawSpan, _ mask: Word) -> Word {
    unsafe block.withUnsafeBytes { block in
      var hits: Word = 0
      for index in 0..<block.count / MemoryLayout<Word>.size {
        // In bounds by the count; every bit pattern is an integer.
        let word = unsafe block.baseAddress!.loadUnaligned(
          fromByteOffset: index * MemoryLayout<Word>.size, as: Word.self)
        hits &+= word & mask == mask ? 1 : 0
      }
      return hits
    }
  }
}
