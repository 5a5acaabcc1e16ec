import CZFP

/// The library's coder with its parameters set, used by one thread at a time.
@safe struct ZFPCoder: ~Copyable {
  private let parameters: UnsafeMutablePointer<zfp_stream>
  private let element: ZFP.Element

  init(_ mode: ZFP.Mode, _ element: ZFP.Element) throws(TensogramError) {
    guard let parameters = unsafe zfp_stream_open(nil) else { throw Self.noMemory }
    switch mode {
    case .fixedRate(let rate): unsafe zfp_stream_set_rate(parameters, rate, element.libraryType, 1, 0)
    case .fixedPrecision(let precision): unsafe zfp_stream_set_precision(parameters, UInt32(clamping: precision))
    case .fixedAccuracy(let tolerance): unsafe zfp_stream_set_accuracy(parameters, tolerance)
    }
    unsafe self.parameters = parameters
    self.element = element
  }

  deinit { unsafe zfp_stream_close(parameters) }

  private static var noMemory: TensogramError { .compression("zfp error: no memory for a stream") }

  // MARK: Sizes

  /// Bits of the shortest block, and at least those of the longest: the same at a fixed rate.
  var blockBits: ClosedRange<Int> {
    let shortest = unsafe max(Int(parameters.pointee.minbits), 1)
    return shortest...(isFixedRate ? shortest : librarySize(ofBlocks: 1) * 8)
  }

  private var isFixedRate: Bool { unsafe parameters.pointee.minbits == parameters.pointee.maxbits }

  /// Bytes of a stream of so many blocks: at a fixed rate exactly, else the most.
  func streamSize(ofBlocks count: Int) throws(TensogramError) -> Int {
    let (bits, overflow) = count.multipliedReportingOverflow(by: blockBits.upperBound)
    guard !overflow, bits <= Int.max - 64 else { throw .compression("zfp error: \(count) blocks are too many") }
    return isFixedRate ? bits.roundedUp(to: ZFP.wordBits) / 8 : librarySize(ofBlocks: count)
  }

  private func librarySize(ofBlocks count: Int) -> Int {
    var field = unsafe zfp_field()
    unsafe field.type = element.libraryType
    unsafe field.nx = count * ZFP.blockLength
    return unsafe zfp_stream_maximum_size(parameters, &field).roundedUp(to: ZFP.wordSize)
  }

  // MARK: Coding

  /// Writes the stream of `values`, which are at their own alignment, to the start of `words`, and returns its length.
  ///
  /// The library never looks where its output ends: `words` has room for all blocks at their longest.
  func compress(_ values: RawSpan, into words: inout MutableRawSpan) throws(TensogramError) -> Int {
    let count = values.byteCount / element.width
    let blocks = (count + ZFP.blockLength - 1) / ZFP.blockLength
    let room = try streamSize(ofBlocks: blocks)
    precondition(words.byteCount >= room && words.bytes.isAligned(to: ZFP.wordSize))
    precondition(values.isAligned(to: element.width))
    let size = unsafe words.withUnsafeMutableBytes { words in
      unsafe values.withUnsafeBytes { values in
        // Both are aligned and long enough, as was just checked; the values are only read.
        unsafe withStream(words.baseAddress, words.count) {
          let data = unsafe UnsafeMutableRawPointer(mutating: values.baseAddress)
          guard let field = unsafe zfp_field_1d(data, element.libraryType, count) else { return 0 }
          defer { unsafe zfp_field_free(field) }
          return unsafe zfp_compress(parameters, field)
        }
      }
    }
    guard size > 0 else { throw .compression("zfp error: cannot compress \(count) values") }
    // Some libraries, as Debian's, are built to end with any byte.
    var filling = words._mutatingExtracting(size..<size.roundedUp(to: ZFP.wordSize))
    filling.fillWithZeros()
    return size + filling.byteCount
  }

  /// Decodes blocks, from bit `position` of `words` on, to the start of `values`, as long as `words` certainly holds all
  /// bits of the next; returns how many bytes of `values` that are. `position` moves behind the last block.
  ///
  /// The library trusts its input to be there, so a block is begun only where the longest one would fit.
  func decode(
    _ words: RawSpan, from position: inout Int, into values: inout MutableRawSpan
  ) throws(TensogramError) -> Int {
    precondition(words.isAligned(to: ZFP.wordSize) && words.byteCount % ZFP.wordSize == 0)
    precondition(values.bytes.isAligned(to: element.width) && position >= 0)
    let limit = words.byteCount * 8 - blockBits.upperBound
    if position > limit { return 0 }
    let start = position
    let (count, end) = unsafe values.withUnsafeMutableBytes { values in
      unsafe words.withUnsafeBytes { words in
        // The stream is only read from.
        unsafe withStream(UnsafeMutableRawPointer(mutating: words.baseAddress), words.count) {
          unsafe stream_rseek(parameters.pointee.stream, UInt64(start))
          switch element {
          case .float32:
            let values = unsafe values.bindMemory(to: Float.self)
            return unsafe decodeBlocks(
              values, start, limit, { unsafe zfp_decode_block_float_1($0, $1) },
              { unsafe zfp_decode_partial_block_strided_float_1($0, $1, $2, 1) })
          case .float64:
            let values = unsafe values.bindMemory(to: Double.self)
            return unsafe decodeBlocks(
              values, start, limit, { unsafe zfp_decode_block_double_1($0, $1) },
              { unsafe zfp_decode_partial_block_strided_double_1($0, $1, $2, 1) })
          }
        }
      }
    }
    position = end
    return count * element.width
  }

  /// Values decoded, and the bit behind their blocks.
  @inline(__always)
  private func decodeBlocks<Value>(
    _ values: UnsafeMutableBufferPointer<Value>, _ start: Int, _ limit: Int,
    _ decodeBlock: (UnsafeMutablePointer<zfp_stream>, UnsafeMutablePointer<Value>) -> Int,
    _ decodePart: (UnsafeMutablePointer<zfp_stream>, UnsafeMutablePointer<Value>, Int) -> Int
  ) -> (Int, Int) {
    var position = start
    var count = 0
    guard let base = values.baseAddress else { return (0, start) }
    while count < values.count && position <= limit {
      let length = min(ZFP.blockLength, values.count - count)
      // The block's values are inside the buffer.
      position +=
        length == ZFP.blockLength
        ? unsafe decodeBlock(parameters, base + count) : unsafe decodePart(parameters, base + count, length)
      count += length
    }
    return (count, position)
  }

  /// Runs `body` with the library's bit stream over this memory.
  private func withStream<Result>(
    _ memory: UnsafeMutableRawPointer?, _ size: Int, _ body: () -> Result
  ) -> Result {
    let stream = unsafe stream_open(memory, size)
    defer { unsafe stream_close(stream) }
    unsafe zfp_stream_set_bit_stream(parameters, stream)
    unsafe zfp_stream_rewind(parameters)
    return body()
  }
}

extension ZFP.Element {
  fileprivate var libraryType: zfp_type { self == .float32 ? zfp_type_float : zfp_type_double }
}
