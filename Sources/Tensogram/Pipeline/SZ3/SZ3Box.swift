import CZstd

/// The body of a stream: the size of its content, then one zstd frame (specification §3).
enum SZ3Box {
  private static let prefix = 8
  private static let level: Int32 = 3

  /// The most bytes a box of `size` bytes takes; an error where zstd cannot take as many.
  static func bound(_ size: Int) throws(TensogramError) -> Int {
    let bound = ZSTD_compressBound(size)
    guard ZSTD_isError(bound) == 0 else { throw .sz3("zstd cannot take \(size) bytes at once") }
    return prefix + bound
  }

  /// The size that the box claims for its content.
  static func claimedSize(_ box: RawSpan) throws(TensogramError) -> UInt64 {
    var reader = SZ3Reader(box)
    return try reader.integer("content size")
  }

  /// Fills `content` from the box, which must hold exactly as many bytes.
  static func open(
    _ box: RawSpan, into content: inout MutableRawSpan, workers: Workers = Workers()
  ) throws(TensogramError) {
    let size = content.byteCount
    let claimed = try claimedSize(box)
    guard claimed == UInt64(size) else { throw .sz3("content of \(claimed) bytes, must be \(size)") }
    let frame = box.extracting(prefix..<box.byteCount)
    let result: Int
    do throws(TensogramError) {
      result = try ZstdFrame.decode(frame, into: &content, workers)
    } catch {
      throw asSZ3(error)
    }
    guard result == size else { throw .sz3("zstd frame holds \(result) bytes of the \(size) claimed") }
  }

  private static func asSZ3(_ error: TensogramError) -> TensogramError {
    error.kind == .cancelled ? error : .sz3(error.text)
  }

  /// Makes boxes; keeps the library's working memory from one to the next.
  @safe struct Maker: ~Copyable {
    private let context: OpaquePointer

    init() throws(TensogramError) {
      guard let context = unsafe ZSTD_createCCtx() else { throw .sz3("zstd has no working memory") }
      unsafe self.context = context
    }

    deinit { unsafe ZSTD_freeCCtx(context) }

    /// Compressed in one call, which takes milliseconds.
    private static let smallSize = 1 << 20

    /// A box of `content`, or `nil` where it takes more than `limit` bytes.
    func box(
      _ content: RawSpan, limit: Int = .max, workers: Workers = Workers()
    ) throws(TensogramError) -> [UInt8]? {
      let room = min(try bound(content.byteCount), limit)
      if room <= prefix { return nil }
      if content.byteCount > Self.smallSize {
        let isLimited = limit < (try bound(content.byteCount))
        return try largeBox(content, room: room, isLimited: isLimited, workers)
      }
      var result = 0
      let box = unsafe [UInt8](unsafeUninitializedCapacity: room) { buffer, initializedCount in
        unsafe content.withUnsafeBytes { content in
          // The library writes at most `room` bytes; the prefix is written here.
          let size = UInt64(content.count).littleEndian
          unsafe UnsafeMutableRawPointer(buffer.baseAddress!).storeBytes(of: size, as: UInt64.self)
          unsafe result = ZSTD_compressCCtx(
            context, buffer.baseAddress! + prefix, room - prefix, content.baseAddress, content.count, level)
        }
        initializedCount = ZSTD_isError(result) == 0 ? prefix + result : 0
      }
      if ZSTD_isError(result) == 0 { return box }
      // Without a limit there was room for anything.
      if limit < (try bound(content.byteCount)) { return nil }
      throw .sz3("zstd error: \(unsafe String(cString: ZSTD_getErrorName(result)))")
    }

    private func largeBox(
      _ content: RawSpan, room: Int, isLimited: Bool, _ workers: Workers
    ) throws(TensogramError) -> [UInt8]? {
      var buffer = try ScratchBuffer(byteCount: room)
      do throws(TensogramError) {
        let size = try buffer.withOutput { (output) throws(TensogramError) in
          // An integer has no padding.
          unsafe output.append(UInt64(content.byteCount).littleEndian, as: UInt64.self)
          try ZstdFrame.encode(content, level: level, into: &output, workers)
        }
        return buffer.array(size)
      } catch {
        if isLimited && error.kind != .cancelled { return nil }
        throw asSZ3(error)
      }
    }
  }
}
