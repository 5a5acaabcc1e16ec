/// Small reads at rising positions of a source: in place where it is in memory or keeps its pages there, else through
/// one buffer that is refilled in pieces of ``pieceSize``, so that neighbouring fields cost one read.
struct ByteWindow: ~Copyable {
  /// What one refill reads: a page, which holds a frame's end, its descriptor, and the next frame's header.
  static let pieceSize = 4096
  /// How far before the wanted bytes a refill starts: descriptors stand before the frame ends that are asked for.
  static let lookBehind = 1024

  let source: any ByteSource
  /// Bytes of the source when the window was made.
  let limit: Int
  private let resident: MemoryReference?
  /// The source, if it keeps pages; and the page that was used last.
  private let paged: PagedSource?
  private var page: HeldBytes?
  private var buffer: ScratchBuffer
  private var loaded: Range<Int>

  init(_ source: any ByteSource) throws(TensogramError) {
    let limit = try source.count()
    let resident = unsafe source.resident.map { unsafe MemoryReference(memory: $0) }
    let paged = source as? PagedSource
    let buffer = try ScratchBuffer(byteCount: resident == nil && paged == nil ? Self.pieceSize : 0)
    self.source = source
    self.limit = limit
    self.resident = resident
    self.paged = paged
    self.buffer = buffer
    loaded = 0..<0
  }

  /// The bytes of `range`, valid until the next call. The range must be inside the source.
  ///
  /// Where they have to be read, a piece is, or no more than `ahead` bytes behind them if that is given.
  @_lifetime(&self)
  mutating func bytes(_ range: Range<Int>, ahead: Int? = nil) throws(TensogramError) -> RawSpan {
    guard range.lowerBound >= 0, range.upperBound <= limit else {
      throw .framing("bytes \(range) are not there: the source has \(limit)")
    }
    if let resident {
      // The source keeps its memory alive, and self keeps the source.
      let span = unsafe RawSpan(_unsafeBytes: resident.memory).extracting(range)
      return unsafe _overrideLifetime(span, mutating: &self)
    }
    if let paged {
      if page?.contains(range) != true { page = try paged.page(with: range) }
      if let page { return unsafe _overrideLifetime(page.bytes(range), mutating: &self) }
    }
    if range.lowerBound < loaded.lowerBound || range.upperBound > loaded.upperBound { try load(range, ahead) }
    let start = range.lowerBound - loaded.lowerBound
    return buffer.bytes.extracting(start..<start + range.count)
  }

  private mutating func load(_ range: Range<Int>, _ ahead: Int?) throws(TensogramError) {
    let ahead = source.readsAhead ? 0 : ahead
    let start = ahead == nil ? max(range.lowerBound - Self.lookBehind, 0) : range.lowerBound
    let end = min(max(start + Self.pieceSize, range.upperBound), range.upperBound + (ahead ?? limit), limit)
    if end - start > buffer.count { buffer = try ScratchBuffer(byteCount: end - start) }
    loaded = 0..<0
    try Self.read(source, start, end - start, &buffer)
    loaded = start..<end
  }

  private static func read(
    _ source: any ByteSource, _ offset: Int, _ count: Int, _ buffer: inout ScratchBuffer
  ) throws(TensogramError) {
    var whole = buffer.mutableBytes
    var destination = whole._mutatingExtracting(0..<count)
    try source.read(at: offset, into: &destination)
  }
}

@safe private struct MemoryReference {
  let memory: UnsafeRawBufferPointer
}
