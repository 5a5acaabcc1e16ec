import CBlosc2

/// The library's context for compressing chunks: parameters and working memory, used by one thread at a time.
@safe final class Blosc2Compressor: @unchecked Sendable {
  private let context: OpaquePointer

  /// A block size of 0 means the library's choice.
  init(_ stage: Blosc2, blockSize: Int) throws(TensogramError) {
    var parameters = unsafe blosc2_get_blosc2_cparams_defaults()
    unsafe parameters.compcode = stage.codec.number
    unsafe parameters.clevel = UInt8(stage.level)
    unsafe parameters.typesize = Int32(stage.typeSize)
    unsafe parameters.blocksize = Int32(blockSize)
    unsafe parameters.nthreads = 1
    guard let context = unsafe blosc2_create_cctx(parameters) else {
      throw .compression("blosc2 error: no memory to compress with")
    }
    unsafe self.context = context
  }

  deinit { unsafe blosc2_free_ctx(context) }

  /// Writes the chunk that holds `input` to the start of `output`, which has room for its header and all of `input`.
  func compress(_ input: RawSpan, into output: inout MutableRawSpan) throws(TensogramError) {
    let result = unsafe output.withUnsafeMutableBytes { output in
      unsafe input.withUnsafeBytes { input in
        // The library reads all of the input and writes at most the output.
        unsafe blosc2_compress_ctx(
          context, input.baseAddress, Int32(clamping: input.count), output.baseAddress, Int32(clamping: output.count))
      }
    }
    guard result >= Blosc2Chunk.headerSize else { throw Blosc2Library.error(result, "cannot compress a chunk") }
    // The library obeys variables of the environment (BLOSC_DELTA and others) that can make what is not read here.
    _ = try Blosc2Chunk(parsing: output.bytes, decodedSize: input.byteCount, available: Int(result))
  }
}

/// The library's context for decompressing chunks: its working memory, used by one thread at a time.
@safe final class Blosc2Decompressor {
  private let context: OpaquePointer

  init() throws(TensogramError) {
    var parameters = unsafe blosc2_get_blosc2_dparams_defaults()
    unsafe parameters.nthreads = 1
    guard let context = unsafe blosc2_create_dctx(parameters) else {
      throw .compression("blosc2 error: no memory to decompress with")
    }
    unsafe self.context = context
  }

  deinit { unsafe blosc2_free_ctx(context) }

  /// Decodes a compressed chunk to exactly `output`; it must be what `chunk` says, whatever it was when that was read.
  func decompress(_ bytes: RawSpan, _ chunk: Blosc2Chunk, into output: inout MutableRawSpan) throws(TensogramError) {
    let expected = output.byteCount
    let found = try Blosc2Chunk(parsing: bytes, decodedSize: expected, available: bytes.byteCount)
    guard found == chunk else { throw .compression("blosc2 error: a chunk changed while it was read") }
    let result = unsafe output.withUnsafeMutableBytes { output in
      unsafe bytes.withUnsafeBytes { bytes in
        // The library reads only the chunk and writes at most the output.
        unsafe blosc2_decompress_ctx(
          context, bytes.baseAddress, Int32(clamping: bytes.count), output.baseAddress, Int32(clamping: output.count))
      }
    }
    guard Int(result) == expected else { throw Blosc2Library.error(result, "a chunk is damaged") }
  }
}

private enum Blosc2Library {
  static func error(_ code: Int32, _ problem: String) -> TensogramError {
    let reason = code < 0 ? unsafe String(cString: blosc2_error_string(code)) : "\(code) bytes came out"
    return .compression("blosc2 error: \(problem): \(reason)")
  }
}

extension Blosc2.Codec {
  /// By which the library and a frame's header know it.
  var number: UInt8 {
    switch self {
    case .blosclz: UInt8(BLOSC_BLOSCLZ)
    case .lz4: UInt8(BLOSC_LZ4)
    case .lz4hc: UInt8(BLOSC_LZ4HC)
    case .zlib: UInt8(BLOSC_ZLIB)
    case .zstd: UInt8(BLOSC_ZSTD)
    }
  }
}
