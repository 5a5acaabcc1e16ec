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

  /// Bytes of a stream of so many blocks: at a fixed rate exactly, else room for the longest and one more.
  func streamSize(ofBlocks count: Int) throws(TensogramError) -> Int {
    let (bits, overflow) = count.multipliedReportingOverflow(by: blockBits.upperBound)
    guard !overflow, bits <= Int.max - ZFP.wordBits else {
      throw .compression("zfp error: \(count) blocks are too many for one stream")
    }
    if isFixedRate { return bits.roundedUp(to: ZFP.wordBits) / 8 }
    return count == 0 ? 0 : librarySize(ofBlocks: count) + librarySize(ofBlocks: 1)
  }

  private func librarySize(ofBlocks count: Int) -> Int {
    var field = unsafe zfp_field()
    unsafe field.type = element.libraryType
    unsafe field.nx = count * ZFP.blockLength
    return unsafe zfp_stream_maximum_size(parameters, &field).roundedUp(to: ZFP.wordSize)
  }

  // MARK: Coding

  /// Encodes values to `words`, from bit `position` on, and returns how many bytes of `values` that were: all where there
  /// is room for the longest block behind the last. `position` moves behind the last block.
  ///
  /// The library never looks where its output ends, so a block is begun only where the longest one would fit.
  func encode(_ values: RawSpan, from position: inout Int, into words: inout MutableRawSpan) -> Int {
    precondition(words.bytes.isAligned(to: ZFP.wordSize) && values.isAligned(to: element.width) && position >= 0)
    let start = position
    let limit = words.byteCount * 8 - blockBits.upperBound
    let (count, end) = unsafe words.withUnsafeMutableBytes { words in
      unsafe values.withUnsafeBytes { values in
        unsafe withStream(words.baseAddress, words.count) { stream in
          unsafe stream_wseek(stream, UInt64(start))
          defer { unsafe stream_flush(stream) }
          // The values are only read.
          let values = unsafe UnsafeMutableRawBufferPointer(mutating: values)
          return switch element {
          case .float32:
            unsafe forEachBlock(
              values, as: Float.self, start, limit, { unsafe zfp_encode_block_float_1($0, $1) },
              { unsafe zfp_encode_partial_block_strided_float_1($0, $1, $2, 1) })
          case .float64:
            unsafe forEachBlock(
              values, as: Double.self, start, limit, { unsafe zfp_encode_block_double_1($0, $1) },
              { unsafe zfp_encode_partial_block_strided_double_1($0, $1, $2, 1) })
          }
        }
      }
    }
    position = end
    return count * element.width
  }

  /// Decodes blocks, from bit `position` of `words` on, to the start of `values`, as long as `words` certainly holds all
  /// bits of the next; returns how many bytes of `values` that are. `position` moves behind the last block.
  ///
  /// The library trusts its input to be there, so a block is begun only where the longest one would fit.
  func decode(_ words: RawSpan, from position: inout Int, into values: inout MutableRawSpan) -> Int {
    precondition(words.isAligned(to: ZFP.wordSize) && values.bytes.isAligned(to: element.width) && position >= 0)
    precondition(words.byteCount % ZFP.wordSize == 0)
    let start = position
    let limit = words.byteCount * 8 - blockBits.upperBound
    if start > limit { return 0 }
    let (count, end) = unsafe values.withUnsafeMutableBytes { values in
      unsafe words.withUnsafeBytes { words in
        // The stream is only read.
        unsafe withStream(UnsafeMutableRawPointer(mutating: words.baseAddress), words.count) { stream in
          unsafe stream_rseek(stream, UInt64(start))
          return switch element {
          case .float32:
            unsafe forEachBlock(
              values, as: Float.self, start, limit, { unsafe zfp_decode_block_float_1($0, $1) },
              { unsafe zfp_decode_partial_block_strided_float_1($0, $1, $2, 1) })
          case .float64:
            unsafe forEachBlock(
              values, as: Double.self, start, limit, { unsafe zfp_decode_block_double_1($0, $1) },
              { unsafe zfp_decode_partial_block_strided_double_1($0, $1, $2, 1) })
          }
        }
      }
    }
    position = end
    return count * element.width
  }

  /// Codes blocks that start at bit `limit` or before; returns how many values that were, and the bit behind them.
  @inline(__always)
  private func forEachBlock<Value>(
    _ memory: UnsafeMutableRawBufferPointer, as type: Value.Type, _ start: Int, _ limit: Int,
    _ codeBlock: (UnsafeMutablePointer<zfp_stream>, UnsafeMutablePointer<Value>) -> Int,
    _ codePart: (UnsafeMutablePointer<zfp_stream>, UnsafeMutablePointer<Value>, Int) -> Int
  ) -> (Int, Int) {
    let values = unsafe memory.bindMemory(to: type)
    guard let base = values.baseAddress else { return (0, start) }
    var position = start
    var count = 0
    while count < values.count && position <= limit {
      let length = min(ZFP.blockLength, values.count - count)
      // The block's values are inside the buffer.
      position +=
        length == ZFP.blockLength
        ? unsafe codeBlock(parameters, base + count) : unsafe codePart(parameters, base + count, length)
      count += length
    }
    return (count, position)
  }

  /// Runs `body` with the library's bit stream over this memory.
  private func withStream<Result>(
    _ memory: UnsafeMutableRawPointer?, _ size: Int, _ body: (OpaquePointer?) -> Result
  ) -> Result {
    let stream = unsafe stream_open(memory, size)
    defer { unsafe stream_close(stream) }
    unsafe zfp_stream_set_bit_stream(parameters, stream)
    return unsafe body(stream)
  }
}

extension ZFP.Element {
  fileprivate var libraryType: zfp_type { self == .float32 ? zfp_type_float : zfp_type_double }
}
