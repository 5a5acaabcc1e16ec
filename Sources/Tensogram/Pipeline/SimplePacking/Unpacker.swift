/// The loops that turn packed bits into float64 values of this machine.
///
/// They run over blocks behind which some more bytes may be read; a block at the very end is copied to where that is so.
struct Unpacker: Sendable {
  private let bits: Int
  private let reference: Double
  private let step: Double

  init(_ parameters: SimplePackingParameters) {
    bits = parameters.bitsPerValue
    reference = parameters.referenceValue
    step = parameters.step
  }

  /// A multiple of 8, so that each block starts at the same bit of a byte.
  private static let blockLength = 512
  /// Bytes behind a block that the loops may read.
  private static let slack = 16

  /// Fills `output` with the values whose bits begin at bit `firstBit` of `packed`, which holds them all.
  func unpack(_ packed: RawSpan, firstBit: Int, into output: inout MutableRawSpan) {
    let count = output.byteCount / 8
    precondition((firstBit + count * bits + 7) / 8 <= packed.byteCount)
    unsafe packed.withUnsafeBytes { packed in
      unsafe output.withUnsafeMutableBytes { output in
        guard let values = output.baseAddress else { return }
        guard let source = packed.baseAddress, bits > 0 else { return unsafe fill(values, count) }
        for first in stride(from: 0, to: count, by: Self.blockLength) {
          let length = min(Self.blockLength, count - first)
          let start = first / 8 * bits
          let size = (firstBit + length * bits + 7) / 8
          let target = unsafe values + first * 8
          if packed.count - start >= size + Self.slack {
            unsafe unpack(source + start, firstBit, into: target, length)
          } else {
            unsafe unpackAtEnd(source + start, size, firstBit, into: target, length)
          }
        }
      }
    }
  }

  private func fill(_ values: UnsafeMutableRawPointer, _ count: Int) {
    for index in 0..<count {
      // `values` has room for `count`.
      unsafe values.storeBytes(of: reference, toByteOffset: index * 8, as: Double.self)
    }
  }

  private func unpackAtEnd(
    _ source: UnsafeRawPointer, _ size: Int, _ firstBit: Int, into values: UnsafeMutableRawPointer, _ count: Int
  ) {
    unsafe withUnsafeTemporaryAllocation(byteCount: size + Self.slack, alignment: 8) { copy in
      guard let start = copy.baseAddress else { return }
      unsafe start.copyMemory(from: source, byteCount: size)
      // Read, but part of no value.
      unsafe (start + size).initializeMemory(as: UInt8.self, repeating: 0, count: Self.slack)
      unsafe unpack(start, firstBit, into: values, count)
    }
  }

  // Below, all reads are of the bits of `count` values and the slack behind them, all writes of `count` values, at any
  // alignment; offsets cannot overflow, because a block is small.

  private func unpack(
    _ source: UnsafeRawPointer, _ firstBit: Int, into values: UnsafeMutableRawPointer, _ count: Int
  ) {
    switch (bits, firstBit) {
    case (8, 0): unsafe unpackWords(source, into: values, count, as: UInt8.self)
    case (16, 0): unsafe unpackWords(source, into: values, count, as: UInt16.self)
    case (32, 0): unsafe unpackWords(source, into: values, count, as: UInt32.self)
    case (24, 0): unsafe unpack24(source, into: values, count)
    case (12, 0): unsafe unpack12(source, into: values, count)
    case (...57, _): unsafe unpackBits(source, firstBit, into: values, count)
    default: unsafe unpackWideBits(source, firstBit, into: values, count)
    }
  }

  @inline(__always)
  private func store(_ integer: Double, _ values: UnsafeMutableRawPointer, _ index: Int) {
    unsafe values.storeBytes(of: reference + step * integer, toByteOffset: index &* 8, as: Double.self)
  }

  @inline(__always)
  private func unpackWords<Word: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _ source: UnsafeRawPointer, into values: UnsafeMutableRawPointer, _ count: Int, as type: Word.Type
  ) {
    for index in 0..<count {
      let word = unsafe source.loadUnaligned(fromByteOffset: index &* MemoryLayout<Word>.size, as: Word.self)
      unsafe store(Double(Word(bigEndian: word)), values, index)
    }
  }

  private func unpack24(_ source: UnsafeRawPointer, into values: UnsafeMutableRawPointer, _ count: Int) {
    for index in 0..<count {
      let word = unsafe UInt32(bigEndian: source.loadUnaligned(fromByteOffset: index &* 3, as: UInt32.self))
      unsafe store(Double(Int32(truncatingIfNeeded: word &>> 8)), values, index)
    }
  }

  private func unpack12(_ source: UnsafeRawPointer, into values: UnsafeMutableRawPointer, _ count: Int) {
    for pair in 0..<count / 2 {
      let word = unsafe UInt32(bigEndian: source.loadUnaligned(fromByteOffset: pair &* 3, as: UInt32.self))
      unsafe store(Double(Int32(truncatingIfNeeded: word &>> 20)), values, pair &* 2)
      unsafe store(Double(Int32(truncatingIfNeeded: word &>> 8 & 0xfff)), values, pair &* 2 &+ 1)
    }
    if count % 2 == 1 {
      let word = unsafe UInt16(bigEndian: source.loadUnaligned(fromByteOffset: count / 2 &* 3, as: UInt16.self))
      unsafe store(Double(word &>> 4), values, count &- 1)
    }
  }

  /// Up to 57 bits, which with up to 7 bits before them fit one word.
  private func unpackBits(
    _ source: UnsafeRawPointer, _ firstBit: Int, into values: UnsafeMutableRawPointer, _ count: Int
  ) {
    let surplus = UInt64(64 - bits)
    var bit = firstBit
    for index in 0..<count {
      let word = unsafe UInt64(bigEndian: source.loadUnaligned(fromByteOffset: bit &>> 3, as: UInt64.self))
      let integer = (word &<< UInt64(truncatingIfNeeded: bit & 7)) &>> surplus
      unsafe store(Double(Int64(truncatingIfNeeded: integer)), values, index)
      bit &+= bits
    }
  }

  private func unpackWideBits(
    _ source: UnsafeRawPointer, _ firstBit: Int, into values: UnsafeMutableRawPointer, _ count: Int
  ) {
    let surplus = UInt64(64 - bits)
    var bit = firstBit
    for index in 0..<count {
      let word = unsafe UInt64(bigEndian: source.loadUnaligned(fromByteOffset: bit &>> 3, as: UInt64.self))
      let next = unsafe UInt64(source.load(fromByteOffset: (bit &>> 3) &+ 8, as: UInt8.self))
      let shift = UInt64(truncatingIfNeeded: bit & 7)
      let integer = (word &<< shift | next &>> (8 &- shift)) &>> surplus
      unsafe store(Double(integer), values, index)
      bit &+= bits
    }
  }
}
