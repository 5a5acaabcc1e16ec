import Glibc

/// Decodes one payload to see whether that can be done, and whether all values are finite, in as little memory as its
/// pipeline allows: in blocks where it has ranges, else as a whole.
struct PayloadCheck {
  /// An element that is NaN or infinite.
  struct NonFiniteElement: Equatable {
    var index: Int
    var kind: NonFinite.Kind
    /// Of a complex number.
    var part: NonFinite.Part?
  }

  private let pipeline: Pipeline
  private let payload: PayloadWindow
  private let wireOrder: ByteOrder
  private let findsNonFinite: Bool
  private let workers: Workers

  init(
    _ pipeline: Pipeline, _ payload: PayloadWindow, wireOrder: ByteOrder, findsNonFinite: Bool, _ workers: Workers
  ) {
    self.pipeline = pipeline
    self.payload = payload
    self.wireOrder = wireOrder
    self.findsNonFinite = findsNonFinite
    self.workers = workers
  }

  // MARK: Sizes

  /// Whether the payload is elements, or shuffled elements, and no codec is needed to know its size.
  var isPlain: Bool { pipeline.compression == nil && pipeline.packing == nil }

  /// Whether a codec gives the bytes of the elements rather than packed ones.
  var isSizeOfElements: Bool { pipeline.packing == nil }

  /// What is wrong with the size that the payload has or announces, by a look at its head.
  func sizeMismatch() throws(TensogramError) -> String? {
    if isPlain { try pipeline.filter?.check(byteCount: payload.count) }
    let held =
      if let compression = pipeline.compression { try compression.decodedSize(of: payload) } else { payload.count }
    guard let held, held != pipeline.encodedSize else { return nil }
    return "the descriptor claims \(pipeline.encodedSize) bytes (\(pipeline.count) elements of "
      + "\(pipeline.dtype.rawValue)) but the payload holds \(held)"
  }

  // MARK: Decoding

  /// The most bytes that are decoded at once where there is a choice.
  private static let blockSize = 64 << 20
  private static let unpackedBlockSize = 4 << 20
  private static let scanBlockSize = 1 << 20

  /// The first non-finite element, where those are looked for. Without `decodesAll` only what is compressed is decoded.
  func run(decodesAll: Bool) throws(TensogramError) -> NonFiniteElement? {
    if pipeline.isIdentity { return findsNonFinite ? try scanned() : nil }
    if pipeline.compression == nil && !decodesAll { return nil }
    let blockSize = pipeline.compression == nil ? Self.unpackedBlockSize : Self.blockSize
    if pipeline.supportsRanges && pipeline.decodedSize > blockSize { return try decodedInBlocks(of: blockSize) }
    return try decodedAsAWhole()
  }

  /// Looks at elements that stand in the payload as they are.
  private func scanned() throws(TensogramError) -> NonFiniteElement? {
    // A multiple of the width of every dtype.
    let blockSize = payload.source.isResident ? max(payload.count, 1) : Self.scanBlockSize
    for start in stride(from: 0, to: payload.count, by: blockSize) {
      try workers.checkCancelled()
      let block = start..<min(start + blockSize, payload.count)
      let found = try payload.withBytes(block) { (bytes) throws(TensogramError) in
        first(in: bytes, order: wireOrder, from: start / max(pipeline.dtype.width, 1))
      }
      if let found { return found }
    }
    return nil
  }

  private func decodedInBlocks(of blockSize: Int) throws(TensogramError) -> NonFiniteElement? {
    let width = pipeline.dtype.width
    let length = blockSize / width
    var buffer = try ScratchBuffer(byteCount: length * width)
    var found: NonFiniteElement?
    for start in stride(from: 0, to: pipeline.count, by: length) {
      try workers.checkCancelled()
      let block = start..<min(start + length, pipeline.count)
      let size = block.count * width
      try Self.fill(&buffer, size) { (bytes) throws(TensogramError) in
        try pipeline.decode(elements: block, of: payload, into: &bytes, workers: workers)
      }
      if found == nil {
        found = first(in: buffer.bytes.extracting(0..<size), order: pipeline.elementOrder, from: start)
      }
    }
    return found
  }

  private func decodedAsAWhole() throws(TensogramError) -> NonFiniteElement? {
    guard pipeline.decodedSize <= Self.memorySize else {
      throw TensogramError(
        .system(code: ENOMEM),
        "\(pipeline.decodedSize) bytes of elements are more than this machine's \(Self.memorySize) bytes of memory")
    }
    var buffer = try ScratchBuffer(byteCount: pipeline.decodedSize)
    try Self.fill(&buffer, pipeline.decodedSize) { (bytes) throws(TensogramError) in
      try pipeline.decode(payload, into: &bytes, workers: workers)
    }
    return first(in: buffer.bytes, order: pipeline.elementOrder, from: 0)
  }

  private func first(in values: RawSpan, order: ByteOrder, from start: Int) -> NonFiniteElement? {
    guard findsNonFinite, let found = NonFinite.first(in: values, dtype: pipeline.dtype, byteOrder: order) else {
      return nil
    }
    return NonFiniteElement(index: start + found.index, kind: found.kind, part: found.part)
  }

  private static func fill(
    _ buffer: inout ScratchBuffer, _ size: Int, _ body: (inout MutableRawSpan) throws(TensogramError) -> Void
  ) throws(TensogramError) {
    var whole = buffer.mutableBytes
    var bytes = whole._mutatingExtracting(0..<size)
    try body(&bytes)
  }

  /// Bytes of memory that this machine has: a descriptor may claim any number.
  private static let memorySize: Int = {
    let (size, overflow) = Int(sysconf(Int32(_SC_PHYS_PAGES)))
      .multipliedReportingOverflow(by: Int(sysconf(Int32(_SC_PAGESIZE))))
    return overflow ? Int.max : size
  }()
}
