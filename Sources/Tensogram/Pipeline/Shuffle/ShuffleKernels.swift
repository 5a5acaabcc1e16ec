/// The loops of ``Shuffle``, on a range of the elements.
///
/// Elements of 2 and 4 bytes are taken as integers whose bytes are shifted out or in, which the compiler turns into
/// vector packs; elements of 8 bytes as rows of 8 × 8 matrices of bytes, which are transposed. Both are about twenty
/// times as fast as moving bytes one by one.
enum ShuffleKernels {
  /// For elements of any size.
  static func shuffle(
    _ input: RawSpan, _ range: Range<Int>, into output: inout MutableRawSpan, elementSize: Int
  ) {
    let elements = output.byteCount / elementSize
    for byte in 0..<elementSize {
      for element in range {
        output.storeBytes(
          of: input[element * elementSize + byte], toByteOffset: byte * elements + element, as: UInt8.self)
      }
    }
  }

  /// For elements of any size; `output` has those of `range`.
  static func unshuffle(
    _ input: RawSpan, _ range: Range<Int>, into output: inout MutableRawSpan, elementSize: Int
  ) {
    let elements = input.byteCount / elementSize
    for element in range {
      for byte in 0..<elementSize {
        output.storeBytes(
          of: input[byte * elements + element], toByteOffset: (element - range.lowerBound) * elementSize + byte,
          as: UInt8.self)
      }
    }
  }

  /// Elements whose bytes are moved together, plane by plane, while they are in the first-level cache.
  private static let block = 1024

  /// For elements that are integers of 2 or 4 bytes.
  @inline(__always)
  static func shuffle<Element: FixedWidthInteger & UnsignedInteger>(
    _ input: RawSpan, _ range: Range<Int>, into output: inout MutableRawSpan, as type: Element.Type
  ) {
    let size = MemoryLayout<Element>.size
    let elements = input.byteCount / size
    precondition(output.byteCount == input.byteCount && range.lowerBound >= 0 && range.upperBound <= elements)
    unsafe input.withUnsafeBytes { input in
      unsafe output.withUnsafeMutableBytes { output in
        // All indices are below `elements`, and both buffers hold that many.
        guard let source = input.baseAddress, let target = output.baseAddress else { return }
        for start in stride(from: range.lowerBound, to: range.upperBound, by: block) {
          let end = min(start + block, range.upperBound)
          for byte in 0..<size {
            let plane = unsafe (target + byte * elements).assumingMemoryBound(to: UInt8.self)
            for element in start..<end {
              let value = unsafe source.loadUnaligned(fromByteOffset: element &* size, as: Element.self)
              unsafe plane[element] = UInt8(truncatingIfNeeded: value.littleEndian &>> Element(8 &* byte))
            }
          }
        }
      }
    }
  }

  /// For elements that are integers of 2 bytes; `output` has those of `range`.
  static func unshuffle2(_ input: RawSpan, _ range: Range<Int>, into output: inout MutableRawSpan) {
    let elements = input.byteCount / 2
    precondition(output.byteCount == range.count * 2 && range.lowerBound >= 0 && range.upperBound <= elements)
    unsafe input.withUnsafeBytes { input in
      unsafe output.withUnsafeMutableBytes { output in
        // All indices are within the planes and the output, as was just checked.
        guard let start = input.baseAddress, let target = output.baseAddress else { return }
        let plane0 = unsafe (start + range.lowerBound).assumingMemoryBound(to: UInt8.self)
        let plane1 = unsafe plane0 + elements
        for element in 0..<range.count {
          let value = unsafe UInt16(plane0[element]) | UInt16(plane1[element]) &<< 8
          unsafe target.storeBytes(of: value.littleEndian, toByteOffset: element &* 2, as: UInt16.self)
        }
      }
    }
  }

  /// For elements that are integers of 4 bytes; `output` has those of `range`.
  static func unshuffle4(_ input: RawSpan, _ range: Range<Int>, into output: inout MutableRawSpan) {
    let elements = input.byteCount / 4
    precondition(output.byteCount == range.count * 4 && range.lowerBound >= 0 && range.upperBound <= elements)
    unsafe input.withUnsafeBytes { input in
      unsafe output.withUnsafeMutableBytes { output in
        // As above.
        guard let start = input.baseAddress, let target = output.baseAddress else { return }
        let plane0 = unsafe (start + range.lowerBound).assumingMemoryBound(to: UInt8.self)
        let (plane1, plane2, plane3) = unsafe (plane0 + elements, plane0 + 2 * elements, plane0 + 3 * elements)
        for element in 0..<range.count {
          let low = unsafe UInt32(plane0[element]) | UInt32(plane1[element]) &<< 8
          let high = unsafe UInt32(plane2[element]) | UInt32(plane3[element]) &<< 8
          unsafe target.storeBytes(
            of: (low | high &<< 16).littleEndian, toByteOffset: element &* 4, as: UInt32.self)
        }
      }
    }
  }

  /// Two 8 × 8 matrices of bytes side by side: row i of both in vector i.
  private typealias Rows = InlineArray<8, SIMD2<UInt64>>

  /// For elements of 8 bytes.
  static func shuffle8(_ input: RawSpan, _ range: Range<Int>, into output: inout MutableRawSpan) {
    let elements = output.byteCount / 8
    var element = range.lowerBound
    while element + 16 <= range.upperBound {
      var rows = Rows(repeating: SIMD2<UInt64>())
      for row in 0..<8 {
        rows[row] = SIMD2(input.word(at: (element + row) * 8), input.word(at: (element + 8 + row) * 8))
      }
      transpose(&rows)
      for row in 0..<8 {
        output.storeBytes(of: rows[row], toByteOffset: row * elements + element, as: SIMD2<UInt64>.self)
      }
      element += 16
    }
    shuffle(input, element..<range.upperBound, into: &output, elementSize: 8)
  }

  /// For elements of 8 bytes; `output` has those of `range`.
  static func unshuffle8(_ input: RawSpan, _ range: Range<Int>, into output: inout MutableRawSpan) {
    let elements = input.byteCount / 8
    var element = range.lowerBound
    while element + 16 <= range.upperBound {
      var rows = Rows(repeating: SIMD2<UInt64>())
      for row in 0..<8 {
        let offset = row * elements + element
        rows[row] = SIMD2(input.word(at: offset), input.word(at: offset + 8))
      }
      transpose(&rows)
      let place = (element - range.lowerBound) * 8
      for row in 0..<8 {
        output.storeBytes(of: rows[row].x, toByteOffset: place + row * 8, as: UInt64.self)
        output.storeBytes(of: rows[row].y, toByteOffset: place + 64 + row * 8, as: UInt64.self)
      }
      element += 16
    }
    var rest = output._mutatingExtracting((element - range.lowerBound) * 8..<output.byteCount)
    unshuffle(input, element..<range.upperBound, into: &rest, elementSize: 8)
  }

  /// Byte j of row i becomes byte i of row j: quarters, then quarters of those, then bytes change places across the
  /// diagonal (Warren, Hacker's Delight §7-3).
  @inline(__always)
  private static func transpose(_ rows: inout Rows) {
    for row in 0..<4 { exchange(&rows, row, row + 4, 32, 0x0000_0000_FFFF_FFFF) }
    for row in 0..<4 { exchange(&rows, row + (row & 2), row + (row & 2) + 2, 16, 0x0000_FFFF_0000_FFFF) }
    for row in stride(from: 0, to: 8, by: 2) { exchange(&rows, row, row + 1, 8, 0x00FF_00FF_00FF_00FF) }
  }

  @inline(__always)
  private static func exchange(_ rows: inout Rows, _ a: Int, _ b: Int, _ shift: UInt64, _ mask: UInt64) {
    let difference = ((rows[a] &>> shift) ^ rows[b]) & SIMD2(repeating: mask)
    rows[b] ^= difference
    rows[a] ^= difference &<< shift
  }
}

extension RawSpan {
  /// The eight bytes at `offset`, the first the lowest.
  @inline(__always)
  fileprivate func word(at offset: Int) -> UInt64 {
    // Any bits are an integer; the bounds are checked.
    UInt64(littleEndian: unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
  }
}
