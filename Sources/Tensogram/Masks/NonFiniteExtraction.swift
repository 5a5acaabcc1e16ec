/// The loop of ``MaskWriter``: copies elements, zeros in place of non-finite ones, and tells which those were.
struct NonFiniteExtraction {
  private let layout: FloatLayout

  init(_ layout: FloatLayout) { self.layout = layout }

  /// Elements that one call of ``copy(_:to:at:)`` looks at, at most.
  static let groupLength = 64

  /// A bit for each element of a group, the first in the most significant; at most one of them set.
  struct Found {
    var nan: UInt64 = 0
    var positiveInfinity: UInt64 = 0
    var negativeInfinity: UInt64 = 0

    var all: UInt64 { nan | positiveInfinity | negativeInfinity }

    subscript(kind: NonFinite.Kind) -> UInt64 {
      switch kind {
      case .nan: nan
      case .positiveInfinity: positiveInfinity
      case .negativeInfinity: negativeInfinity
      }
    }
  }

  /// Whether all elements of `block`, at most ``ExponentScan/blockSize`` bytes, are finite.
  func isFinite(_ block: RawSpan) -> Bool {
    switch layout.width {
    case 2: ExponentScan.hits(in: block, wire(layout.exponentMask, as: UInt16.self)) == 0
    case 4: ExponentScan.hits(in: block, wire(layout.exponentMask, as: UInt32.self)) == 0
    default: ExponentScan.hits(in: block, wire(layout.exponentMask, as: UInt64.self)) == 0
    }
  }

  /// Copies up to ``groupLength`` whole elements to `target`.
  func copy(_ group: RawSpan, to target: inout MutableRawSpan, at offset: Int) -> Found {
    switch layout.width {
    case 2: copy(group, to: &target, at: offset, as: UInt16.self)
    case 4: copy(group, to: &target, at: offset, as: UInt32.self)
    default: copy(group, to: &target, at: offset, as: UInt64.self)
    }
  }

  /// Bits of this machine as a word of the elements has them: swapping these once saves swapping all elements.
  @inline(__always)
  private func wire<Word: FixedWidthInteger>(_ bits: UInt64, as type: Word.Type) -> Word {
    let word = Word(truncatingIfNeeded: bits)
    return layout.byteOrder == .big ? word.bigEndian : word.littleEndian
  }

  @inline(__always)
  private func copy<Word: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _ group: RawSpan, to target: inout MutableRawSpan, at offset: Int, as type: Word.Type
  ) -> Found {
    let count = group.byteCount / (MemoryLayout<Word>.size * layout.parts)
    precondition(count <= Self.groupLength && offset >= 0 && target.byteCount - offset >= group.byteCount)
    let capacity = Self.groupLength * 2
    return unsafe withUnsafeTemporaryAllocation(byteCount: capacity, alignment: 8) { flags in
      unsafe flags.initializeMemory(as: UInt8.self, repeating: 0)
      return unsafe group.withUnsafeBytes { group in
        unsafe target.withUnsafeMutableBytes { target in
          guard let source = group.baseAddress, let start = target.baseAddress, let flags = flags.baseAddress else {
            return Found()
          }
          let scalars = count * layout.parts
          unsafe classify(source, scalars, into: flags, as: Word.self)
          if layout.parts == 2 { unsafe joinParts(flags) }
          unsafe copy(source, scalars, flags, to: start + offset, as: Word.self)
          if layout.parts == 2 { unsafe dropImaginary(flags) }
          return unsafe found(flags)
        }
      }
    }
  }

  // Below, all reads and writes are of as many elements and flags as there is room for, at any alignment. The loops have
  // no branches, so that the compiler makes vector code of them.

  private static let nan: UInt8 = 1
  private static let positive: UInt8 = 2
  private static let negative: UInt8 = 4

  /// Sets a flag for each scalar, 0 for finite ones.
  @inline(__always)
  private func classify<Word: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _ source: UnsafeRawPointer, _ count: Int, into flags: UnsafeMutableRawPointer, as type: Word.Type
  ) {
    let exponent = wire(layout.exponentMask, as: Word.self)
    let significand = wire(layout.significandMask, as: Word.self)
    let sign = wire(layout.signMask, as: Word.self)
    for index in 0..<count {
      let word = unsafe source.loadUnaligned(fromByteOffset: index &* MemoryLayout<Word>.size, as: Word.self)
      let infinity = word & sign == 0 ? Self.positive : Self.negative
      let kind = word & significand == 0 ? infinity : Self.nan
      unsafe flags.storeBytes(of: word & exponent == exponent ? kind : 0, toByteOffset: index, as: UInt8.self)
    }
  }

  /// Gives both halves of each complex number the flags of both.
  private func joinParts(_ flags: UnsafeMutableRawPointer) {
    for index in 0..<Self.groupLength {
      let parts = unsafe flags.load(fromByteOffset: index &* 2, as: UInt16.self)
      unsafe flags.storeBytes(of: parts | parts.byteSwapped, toByteOffset: index &* 2, as: UInt16.self)
    }
  }

  /// Leaves the flags of real parts, one after the other.
  private func dropImaginary(_ flags: UnsafeMutableRawPointer) {
    for index in 0..<Self.groupLength {
      let flag = unsafe flags.load(fromByteOffset: index &* 2, as: UInt8.self)
      unsafe flags.storeBytes(of: flag, toByteOffset: index, as: UInt8.self)
    }
  }

  @inline(__always)
  private func copy<Word: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _ source: UnsafeRawPointer, _ count: Int, _ flags: UnsafeRawPointer, to destination: UnsafeMutableRawPointer,
    as type: Word.Type
  ) {
    for index in 0..<count {
      let offset = index &* MemoryLayout<Word>.size
      let word = unsafe source.loadUnaligned(fromByteOffset: offset, as: Word.self)
      let flag = unsafe flags.load(fromByteOffset: index, as: UInt8.self)
      unsafe destination.storeBytes(of: flag == 0 ? word : 0, toByteOffset: offset, as: Word.self)
    }
  }

  /// Gathers the flags of a group, each element's to its strongest kind.
  private func found(_ flags: UnsafeRawPointer) -> Found {
    var found = Found()
    for offset in stride(from: 0, to: Self.groupLength, by: 8) {
      let eight = unsafe UInt64(bigEndian: flags.load(fromByteOffset: offset, as: UInt64.self))
      found.nan = found.nan << 8 | lowBits(eight)
      found.positiveInfinity = found.positiveInfinity << 8 | lowBits(eight >> 1)
      found.negativeInfinity = found.negativeInfinity << 8 | lowBits(eight >> 2)
    }
    found.positiveInfinity &= ~found.nan
    found.negativeInfinity &= ~(found.nan | found.positiveInfinity)
    return found
  }

  /// The lowest bits of eight bytes as one byte: the multiplication moves each to its place in the highest.
  @inline(__always)
  private func lowBits(_ bytes: UInt64) -> UInt64 {
    ((bytes & 0x0101_0101_0101_0101) &* 0x0102_0408_1020_4080) >> 56
  }
}
