/// Blosc2: one contiguous frame of byte-shuffled chunks (c-blosc2, README_CFRAME_FORMAT).
///
/// Descriptor: `{"compression": "blosc2", "blosc2_codec": "lz4", "blosc2_clevel": 5}`, both optional.
///
/// Written are chunks of about 1 MiB in blocks of 64 KiB, with zlib and zstd of 256 KiB: a range decodes the blocks it
/// touches, and a whole payload is decoded by several workers. Read are frames with chunks of any size; frame and chunk
/// headers are checked here and the library sees single chunks of known sizes only.
struct Blosc2: CompressionStage {
  /// The compressors inside Blosc2, by their names in the descriptor.
  enum Codec: String, CaseIterable, Sendable {
    case blosclz, lz4, lz4hc, zlib, zstd
  }

  let codec: Codec
  /// 0 (stored) to 9 (smallest).
  let level: Int
  /// Bytes of an element, of which bytes of equal weight are put together; 1 to 255.
  let typeSize: Int
  private let largestChunk: Int

  /// An element size over 255 means single bytes, as in the library. `largestChunk` is what chunks are written with.
  init(codec: Codec = .lz4, level: Int = 5, typeSize: Int, largestChunk: Int = 1 << 20) {
    self.codec = codec
    self.largestChunk = largestChunk
    self.level = min(max(level, 0), 9)
    self.typeSize = (1...255).contains(typeSize) ? typeSize : 1
  }

  init(_ parameters: StageParameters, typeSize: Int) throws(TensogramError) {
    let name = try parameters.text("blosc2_codec") ?? Codec.lz4.rawValue
    guard let codec = Codec(rawValue: name) else {
      let known = Codec.allCases.map(\.rawValue).joined(separator: ", ")
      throw .encoding("unknown blosc2 codec: '\(name)'; blosc2_codec is one of \(known)")
    }
    let level = try parameters.integer("blosc2_clevel", in: Int(Int32.min)...Int(Int32.max)) ?? 5
    guard (0...9).contains(level) else { throw .encoding("blosc2_clevel must be 0 to 9, got \(level)") }
    self.init(codec: codec, level: level, typeSize: typeSize)
  }

  var capabilities: StageCapabilities { StageCapabilities(decodesRanges: true, isParallel: true) }

  // MARK: Encoding

  /// Whole elements.
  private var chunkSize: Int { largestChunk / typeSize * typeSize }
  /// Whole elements. Small blocks make ranges fast; strong codecs take longer and compress worse in them.
  private var blockSize: Int {
    let wanted =
      switch codec {
      case .blosclz, .lz4, .lz4hc: 64 << 10
      case .zlib, .zstd: 256 << 10
      }
    return wanted / typeSize * typeSize
  }

  private func chunkCount(_ byteCount: Int) -> Int { byteCount / chunkSize + (byteCount % chunkSize == 0 ? 0 : 1) }

  func maximumEncodedSize(_ byteCount: Int) throws(TensogramError) -> Int {
    let perChunk = Blosc2Chunk.headerSize + Blosc2Frame.offsetSize
    let (size, overflow) = byteCount.addingReportingOverflow(chunkCount(byteCount) * perChunk)
    let fixed = Blosc2Frame.writtenHeaderSize + Blosc2Chunk.headerSize + Blosc2Frame.writtenTrailerSize
    guard !overflow, size <= Int.max - fixed else { throw .compression("blosc2 cannot take \(byteCount) bytes") }
    return size + fixed
  }

  func encode(
    _ input: RawSpan, into output: inout OutputRawSpan, workers: Workers
  ) throws(TensogramError) -> [(key: String, value: CBORValue)] {
    guard input.byteCount % typeSize == 0 else {
      // The library may lose a part of an element at the end, and refuses to read some that it keeps.
      return try Blosc2(codec: codec, level: level, typeSize: 1).encode(input, into: &output, workers: workers)
    }
    let start = output.byteCount
    output.appendZeros(Blosc2Frame.writtenHeaderSize)
    let chunksStart = output.byteCount
    let offsets = try appendChunks(of: input, to: &output, workers)
    // A single chunk must not claim to be larger than it is: not all readers look at the size of the whole as well.
    let frame = Blosc2Frame(
      headerSize: Blosc2Frame.writtenHeaderSize, chunksSize: output.byteCount - chunksStart,
      decodedSize: input.byteCount, chunkSize: offsets.count == 1 ? input.byteCount : chunkSize, typeSize: typeSize)
    frame.appendIndex(offsets, to: &output)
    frame.appendTrailer(to: &output)
    let header = frame.header(
      frameSize: output.byteCount - start, codec: codec, level: level, blockSize: blockSize)
    var bytes = output.mutableBytes
    // Bytes have no padding that could be read.
    bytes.copy(unsafe header.span.bytes, at: start)
    return []
  }

  /// Appends the chunks, each by one worker, and returns where they start, counted from the first.
  ///
  /// A batch is compressed into places that have room for the most a chunk can take, then moved together.
  private func appendChunks(
    of input: RawSpan, to output: inout OutputRawSpan, _ workers: Workers
  ) throws(TensogramError) -> [Int] {
    let count = chunkCount(input.byteCount)
    let place = chunkSize + Blosc2Chunk.headerSize
    let batchSize = workers.count == 1 ? 1 : workers.count * 2
    var compressors: [Blosc2Compressor] = []
    for _ in 0..<min(batchSize, count) { compressors.append(try Blosc2Compressor(self, blockSize: blockSize)) }
    let start = output.byteCount
    var offsets: [Int] = []
    for first in stride(from: 0, to: count, by: batchSize) {
      let batch = input.extracting(first * chunkSize..<min((first + batchSize) * chunkSize, input.byteCount))
      let batchStart = output.byteCount
      let chunks = chunkCount(batch.byteCount)
      let room = batch.byteCount + chunks * Blosc2Chunk.headerSize
      try output.append(count: room) { (bytes) throws(TensogramError) in
        try compress(batch, with: compressors, into: &bytes, workers)
      }
      var end = batchStart
      for chunk in 0..<chunks {
        let from = batchStart + chunk * place
        let size = Blosc2Chunk.encodedSize(output.bytes, at: from)
        var bytes = output.mutableBytes
        bytes.move(from..<from + size, to: end)
        offsets.append(end - start)
        end += size
      }
      output.removeLast(output.byteCount - end)
    }
    return offsets
  }

  /// Compresses each chunk of `input` to its place in `output`; the chunk's header tells how much of it is used.
  private func compress(
    _ input: RawSpan, with compressors: [Blosc2Compressor], into output: inout MutableRawSpan, _ workers: Workers
  ) throws(TensogramError) {
    let place = chunkSize + Blosc2Chunk.headerSize
    let size = output.byteCount
    let source = SharedBytes(input)
    let places = SharedMutableBytes(&output)
    try workers.forEach(chunkCount(input.byteCount)) { (chunk) throws(TensogramError) in
      let bytes = source.bytes
      let part = bytes.extracting(chunk * chunkSize..<min((chunk + 1) * chunkSize, bytes.byteCount))
      try places.withPart(chunk * place..<min((chunk + 1) * place, size)) { (output) throws(TensogramError) in
        try compressors[chunk].compress(part, into: &output)
      }
    }
  }
}
