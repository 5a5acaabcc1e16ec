import CZstd

/// Zstandard frames of any size, in steps of milliseconds between which the caller may stop the work.
///
/// Input and output stay where they are, so the library keeps no windows of its own (its parameters for stable buffers;
/// one that does not know them does the same, with more copying).
enum ZstdFrame {
  /// Parts of a frame that is decoded, and what they take at least.
  private static let steps = 256
  private static let smallestStep = 64 << 10
  /// Bytes that are compressed at a time: one block, which takes a tenth of a second at the highest level.
  private static let block = 128 << 10
  /// Any that a frame may have, as for decoding in one call.
  private static let largestWindowLog: Int32 = 31

  private static let stableInput = ZSTD_c_experimentalParam9
  private static let stableOutput = ZSTD_c_experimentalParam10
  private static let stableResult = ZSTD_d_experimentalParam2

  static func error(_ code: Int) -> TensogramError? {
    ZSTD_isError(code) == 0 ? nil : .compression("zstd error: \(unsafe String(cString: ZSTD_getErrorName(code)))")
  }

  /// Appends the frame of `input` to `output`; a compression error where it has no room.
  static func encode(
    _ input: RawSpan, level: Int32, into output: inout OutputRawSpan, _ workers: Workers
  ) throws(TensogramError) {
    guard let context = unsafe ZSTD_createCCtx() else { throw .compression("zstd error: no memory to compress with") }
    defer { unsafe ZSTD_freeCCtx(context) }
    unsafe ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level)
    unsafe ZSTD_CCtx_setParameter(context, stableInput, 1)
    unsafe ZSTD_CCtx_setParameter(context, stableOutput, 1)
    unsafe ZSTD_CCtx_setPledgedSrcSize(context, UInt64(input.byteCount))
    try unsafe output.withUnsafeMutableBytes { (buffer, initializedCount) throws(TensogramError) in
      try unsafe input.withUnsafeBytes { (input) throws(TensogramError) in
        var target = unsafe ZSTD_outBuffer(
          dst: buffer.baseAddress! + initializedCount, size: buffer.count - initializedCount, pos: 0)
        var source = unsafe ZSTD_inBuffer(src: input.baseAddress, size: 0, pos: 0)
        var remaining = 1
        repeat {
          try workers.checkCancelled()
          unsafe source.size = min(source.size + block, input.count)
          let isLast = unsafe source.size == input.count
          // The library reads only the input and writes at most the free part of the output.
          unsafe remaining = ZSTD_compressStream2(context, &target, &source, isLast ? ZSTD_e_end : ZSTD_e_continue)
          if let error = error(remaining) { throw error }
          if isLast && remaining > 0, unsafe target.pos == target.size { throw .compression("zstd error: no room") }
          if isLast && remaining == 0 { break }
        } while true
        unsafe initializedCount += target.pos
      }
    }
  }

  /// Decodes frames into the whole of `output`; returns how many bytes that were, at most one more than it has.
  static func decode(
    _ frame: RawSpan, into output: inout MutableRawSpan, _ workers: Workers
  ) throws(TensogramError) -> Int {
    guard let context = unsafe ZSTD_createDCtx() else {
      throw .compression("zstd error: no memory to decompress with")
    }
    defer { unsafe ZSTD_freeDCtx(context) }
    unsafe ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, largestWindowLog)
    unsafe ZSTD_DCtx_setParameter(context, stableResult, 1)
    let step = max(frame.byteCount / steps, smallestStep)
    return try unsafe output.withUnsafeMutableBytes { (output) throws(TensogramError) in
      try unsafe frame.withUnsafeBytes { (frame) throws(TensogramError) in
        var target = unsafe ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
        var source = unsafe ZSTD_inBuffer(src: frame.baseAddress, size: 0, pos: 0)
        var isAtEnd = false
        while unsafe !(isAtEnd && source.pos == frame.count) {
          try workers.checkCancelled()
          unsafe source.size = min(source.pos + step, frame.count)
          let (used, done) = unsafe (source.pos, target.pos)
          // The library reads only the frame and writes at most the output, whatever the frame claims.
          let result = unsafe ZSTD_decompressStream(context, &target, &source)
          if let error = error(result) { throw error }
          isAtEnd = result == 0
          guard unsafe isAtEnd || source.pos > used || target.pos > done || source.size < frame.count else {
            if done == output.count { return done + 1 }
            throw .compression("zstd error: the payload of \(frame.count) bytes ends in the middle of a frame")
          }
        }
        return unsafe target.pos
      }
    }
  }
}
