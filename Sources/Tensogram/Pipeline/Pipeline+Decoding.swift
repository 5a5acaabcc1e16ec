extension Pipeline {
  /// Throws an encoding error where the payload cannot hold the elements that the descriptor claims, by looking at its
  /// head only. To be called before memory for the elements is allocated.
  func checkClaim(_ payload: PayloadWindow) throws(TensogramError) {
    if let limit = try compression?.maximumDecodedSize(payload.count), encodedSize > limit {
      throw .encoding(
        "descriptor claims \(encodedSize) bytes (\(count) elements of \(dtype.rawValue)) but a payload of "
          + "\(payload.count) bytes holds at most \(limit)")
    }
    let held = compression == nil ? payload.count : try compression?.decodedSize(of: payload)
    guard let held, held != encodedSize else { return }
    let packed = packing.map { " packed in \($0.bitsPerValue) bits" } ?? ""
    throw .encoding(
      "descriptor claims \(encodedSize) bytes (\(count) elements of \(dtype.rawValue)\(packed)) but the payload holds "
        + "\(held)")
  }

  /// Decodes all elements, in ``elementOrder``, into `output`, which has exactly their size.
  func decode(
    _ payload: PayloadWindow, into output: inout MutableRawSpan, workers: Workers
  ) throws(TensogramError) {
    try checkClaim(payload)
    if isIdentity { return try readInPieces(payload, into: &output, workers) }
    guard let packing else { return try decodeBytes(payload, into: &output, workers) }
    let parameters = try packing.requireParameters()
    if filter == nil && compression == nil {
      return try unpackInBlocks(0..<count, of: payload, parameters, into: &output, workers)
    }
    try unpack(0..<count, parameters, into: &output, workers) { (packed) throws(TensogramError) in
      try decodeBytes(payload, into: &packed, workers)
    }
  }

  /// Decodes the elements of `range`, in ``elementOrder``, into `output`, which has exactly their size.
  ///
  /// Only where ``supportsRanges``; anything else is a range-not-supported error.
  func decode(
    elements range: Range<Int>, of payload: PayloadWindow, into output: inout MutableRawSpan, workers: Workers
  ) throws(TensogramError) {
    try requireRanges()
    if let packing { return try decodePacked(range, of: payload, packing, into: &output, workers) }
    let bytes = range.lowerBound * dtype.width..<range.upperBound * dtype.width
    guard let compression else { return try payload.read(at: bytes.lowerBound, into: &output) }
    try compression.decode(bytes, of: encodedSize, from: payload, into: &output, workers: workers)
  }

  // MARK: Stages

  /// Bytes that are read at a time; whole pages of a file.
  private static let readSizes = PieceSizes(smallest: 1 << 20, largest: 8 << 20, unit: 4096)

  private func readInPieces(
    _ payload: PayloadWindow, into output: inout MutableRawSpan, _ workers: Workers
  ) throws(TensogramError) {
    let result = SharedMutableBytes(&output)
    try workers.forEachPiece(of: 0..<output.byteCount, Self.readSizes) { (piece) throws(TensogramError) in
      try result.withPart(piece) { (part) throws(TensogramError) in
        try payload.read(at: piece.lowerBound, into: &part)
      }
    }
  }

  /// Undoes compression and filter.
  private func decodeBytes(
    _ payload: PayloadWindow, into output: inout MutableRawSpan, _ workers: Workers
  ) throws(TensogramError) {
    guard let filter else { return try decompress(payload, into: &output, workers) }
    guard compression != nil else {
      return try payload.withBytes { (bytes) throws(TensogramError) in
        try filter.decode(bytes, into: &output, workers: workers)
      }
    }
    if output.byteCount > Shuffle.largestBuffer {
      try decompress(payload, into: &output, workers)
      return try filter.decode(inPlace: &output, workers: workers)
    }
    var shuffled = try ScratchBuffer(byteCount: output.byteCount)
    try fill(&shuffled) { (bytes) throws(TensogramError) in try decompress(payload, into: &bytes, workers) }
    try filter.decode(shuffled.bytes, into: &output, workers: workers)
  }

  private func decompress(
    _ payload: PayloadWindow, into output: inout MutableRawSpan, _ workers: Workers
  ) throws(TensogramError) {
    guard let compression else { return try payload.read(at: 0, into: &output) }
    try payload.withBytes { (bytes) throws(TensogramError) in
      try compression.decode(bytes, into: &output, workers: workers)
    }
  }

  private func decodePacked(
    _ range: Range<Int>, of payload: PayloadWindow, _ packing: SimplePacking, into output: inout MutableRawSpan,
    _ workers: Workers
  ) throws(TensogramError) {
    let parameters = try packing.requireParameters()
    guard let compression else { return try unpackInBlocks(range, of: payload, parameters, into: &output, workers) }
    let bytes = parameters.packedBytes(range)
    try unpack(range, parameters, into: &output, workers) { (packed) throws(TensogramError) in
      try compression.decode(bytes, of: encodedSize, from: payload, into: &packed, workers: workers)
    }
  }

  /// Of so many bytes a buffer is cheaper than doing without.
  private static let smallBuffer = 1 << 20

  /// Has `fill` make the packed bytes of `elements`, and unpacks them.
  private func unpack(
    _ elements: Range<Int>, _ parameters: SimplePackingParameters, into output: inout MutableRawSpan,
    _ workers: Workers, fill: (inout MutableRawSpan) throws(TensogramError) -> Void
  ) throws(TensogramError) {
    let size = parameters.packedBytes(elements).count
    if size > Self.smallBuffer {
      var packed = output._mutatingExtracting(output.byteCount - size..<output.byteCount)
      try fill(&packed)
      return try parameters.decode(elements, inPlace: &output, workers: workers)
    }
    var packed = try ScratchBuffer(byteCount: size)
    try self.fill(&packed, fill)
    try parameters.decode(elements, from: packed.bytes, into: &output, workers: workers)
  }

  /// Elements that are read and unpacked at a time where the payload is not in memory; a multiple of 8, so that blocks
  /// share no byte.
  private static let unpackedBlock = 1 << 20

  private func unpackInBlocks(
    _ range: Range<Int>, of payload: PayloadWindow, _ parameters: SimplePackingParameters,
    into output: inout MutableRawSpan, _ workers: Workers
  ) throws(TensogramError) {
    let blockSize = payload.source.isResident ? max(range.count, 1) : Self.unpackedBlock
    var first = range.lowerBound
    while first < range.upperBound {
      try workers.checkCancelled()
      let elements = first..<min(first + blockSize, range.upperBound)
      let start = (first - range.lowerBound) * dtype.width
      var block = output._mutatingExtracting(start..<start + elements.count * dtype.width)
      try payload.withBytes(parameters.packedBytes(elements)) { (bytes) throws(TensogramError) in
        try parameters.decode(elements, from: bytes, into: &block, workers: workers)
      }
      first = elements.upperBound
    }
  }

  private func fill(
    _ buffer: inout ScratchBuffer, _ body: (inout MutableRawSpan) throws(TensogramError) -> Void
  ) throws(TensogramError) {
    var bytes = buffer.mutableBytes
    try body(&bytes)
  }
}
