/// The loops that turn float64 values into packed bits.
///
/// They run over blocks of whole groups of eight values: first rounded to integers, then packed. Blocks are whole bytes,
/// so none depends on another. One at the very end is filled up to a whole group and packed aside, so that no loop has to
/// watch for the end.
struct Packer: Sendable {
  private let quantiser: Quantiser
  private let bits: Int

  init(_ parameters: SimplePackingParameters) {
    quantiser = Quantiser(parameters)
    bits = parameters.bitsPerValue
  }

  private static let blockLength = 512
  /// Bytes behind a block that the loops may overwrite.
  private static let slack = 80

  /// Working memory for one block.
  @unsafe private struct Workspace {
    static let byteCount = 3 * blockLength * 8 + slack
    let values: UnsafeMutableRawPointer
    var integers: UnsafeMutableRawPointer { unsafe values + blockLength * 8 }
    var packed: UnsafeMutableRawPointer { unsafe integers + blockLength * 8 }
  }

  /// Fills `output` with `values`, float64 in `order`; it has exactly their packed size, and there is at least one bit.
  func pack(_ values: RawSpan, _ order: ByteOrder, into output: inout MutableRawSpan) {
    let count = values.byteCount / 8
    precondition((count * bits + 7) / 8 == output.byteCount && bits > 0)
    unsafe withUnsafeTemporaryAllocation(byteCount: Workspace.byteCount, alignment: 64) { memory in
      unsafe output.withUnsafeMutableBytes { output in
        guard let target = output.baseAddress, let memory = memory.baseAddress else { return }
        for first in stride(from: 0, to: count, by: Self.blockLength) {
          let end = min(first + Self.blockLength, count)
          let start = first / 8 * bits
          unsafe pack(
            values.extracting(first * 8..<end * 8), order, into: target + start, room: output.count - start,
            Workspace(values: memory))
        }
      }
    }
  }

  private func pack(
    _ block: RawSpan, _ order: ByteOrder, into target: UnsafeMutableRawPointer, room: Int, _ workspace: Workspace
  ) {
    let count = block.byteCount / 8
    let groups = (count + 7) / 8
    let size = (count * bits + 7) / 8
    let isAtEnd = room < size + Self.slack
    let destination = unsafe isAtEnd ? workspace.packed : target
    if order == .native, count % 8 == 0 {
      unsafe block.withUnsafeBytes { block in
        guard let values = block.baseAddress else { return }
        unsafe pack(values, groups, into: destination, workspace)
      }
    } else {
      unsafe stage(block, order, groups, workspace)
      unsafe pack(workspace.values, groups, into: destination, workspace)
    }
    if isAtEnd { unsafe target.copyMemory(from: destination, byteCount: size) }
  }

  /// Copies the values in this machine's order, and fills the last group up with what becomes 0.
  private func stage(_ block: RawSpan, _ order: ByteOrder, _ groups: Int, _ workspace: Workspace) {
    // A block has at most as many values as there is room for.
    var staged = unsafe MutableRawSpan(_unsafeStart: workspace.values, byteCount: groups * 64)
    staged.copy(block)
    if order != .native { ByteSwap.swap(&staged, width: 8) }
    for offset in stride(from: block.byteCount, to: groups * 64, by: 8) {
      staged.storeBytes(of: quantiser.reference, toByteOffset: offset, as: Double.self)
    }
  }

  // Below, all reads are of the values and integers of whole groups, all writes of the packed block and its slack, at
  // any alignment; offsets cannot overflow, because a block is small.

  private func pack(
    _ values: UnsafeRawPointer, _ groups: Int, into target: UnsafeMutableRawPointer, _ workspace: Workspace
  ) {
    let integers = unsafe workspace.integers
    unsafe quantiser.quantise(values, groups, into: integers)
    let count = groups &* 8
    switch bits {
    case 8: unsafe packWords(integers, count, into: target, as: UInt8.self)
    case 16: unsafe packWords(integers, count, into: target, as: UInt16.self)
    case 32: unsafe packWords(integers, count, into: target, as: UInt32.self)
    case 64: unsafe packWords(integers, count, into: target, as: UInt64.self)
    case 12: unsafe pack12(integers, count, into: target)
    case 24: unsafe packBits(integers, count, 24, into: target)
    case ...BitWriter.mostBits: unsafe packBits(integers, count, bits, into: target)
    default: unsafe packWideBits(integers, count, into: target)
    }
  }

  @inline(__always)
  private func packWords<Word: FixedWidthInteger & BitwiseCopyable>(
    _ integers: UnsafeRawPointer, _ count: Int, into target: UnsafeMutableRawPointer, as type: Word.Type
  ) {
    for index in 0..<count {
      let integer = unsafe integers.load(fromByteOffset: index &* 8, as: UInt64.self)
      unsafe target.storeBytes(
        of: Word(truncatingIfNeeded: integer).bigEndian, toByteOffset: index &* MemoryLayout<Word>.size, as: Word.self)
    }
  }

  private func pack12(_ integers: UnsafeRawPointer, _ count: Int, into target: UnsafeMutableRawPointer) {
    for pair in 0..<count / 2 {
      let first = unsafe integers.load(fromByteOffset: pair &* 16, as: UInt64.self)
      let second = unsafe integers.load(fromByteOffset: pair &* 16 &+ 8, as: UInt64.self)
      let word = UInt32(truncatingIfNeeded: first &<< 20 | second &<< 8)
      unsafe target.storeBytes(of: word.bigEndian, toByteOffset: pair &* 3, as: UInt32.self)
    }
  }

  @inline(__always)
  private func packBits(
    _ integers: UnsafeRawPointer, _ count: Int, _ bits: Int, into target: UnsafeMutableRawPointer
  ) {
    var writer = BitWriter()
    for index in 0..<count {
      let integer = unsafe integers.load(fromByteOffset: index &* 8, as: UInt64.self)
      unsafe writer.append(integer, bits, to: target)
    }
  }

  /// More bits than ``BitWriter`` takes at once.
  private func packWideBits(_ integers: UnsafeRawPointer, _ count: Int, into target: UnsafeMutableRawPointer) {
    var writer = BitWriter()
    for index in 0..<count {
      let integer = unsafe integers.load(fromByteOffset: index &* 8, as: UInt64.self)
      unsafe writer.append(integer &>> 32, bits &- 32, to: target)
      unsafe writer.append(integer & 0xffff_ffff, 32, to: target)
    }
  }
}

/// Writes integers bit by bit, most significant first, by storing whole words of which the next store overwrites what
/// it does not need.
private struct BitWriter {
  static let mostBits = 56

  /// Bits not yet followed by a whole byte, from the most significant on.
  private var pending: UInt64 = 0
  private var pendingBits = 0
  private var offset = 0

  /// `integer` has at most `bits` bits, and they are at most ``mostBits``, so that with 7 pending ones they fit a word.
  @inline(__always)
  mutating func append(_ integer: UInt64, _ bits: Int, to target: UnsafeMutableRawPointer) {
    pending |= integer &<< UInt64(truncatingIfNeeded: 64 &- bits &- pendingBits)
    // The caller has room for a word at every byte that holds a bit.
    unsafe target.storeBytes(of: pending.bigEndian, toByteOffset: offset, as: UInt64.self)
    pendingBits &+= bits
    offset &+= pendingBits &>> 3
    pending = pending &<< UInt64(truncatingIfNeeded: pendingBits & 0x38)
    pendingBits &= 7
  }
}
