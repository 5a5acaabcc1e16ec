import CBlosc2
import Testing

@testable import Tensogram

@Suite struct Blosc2Tests {
  static let chunk = 1 << 20

  /// Smooth enough to compress, with every byte of an element in use.
  static let field = bytes(of: walk(8 * chunk / 8).map { Double($0) / 8 })

  static func elements(_ byteCount: Int) -> [UInt8] { Array(field[..<byteCount]) }

  // MARK: Round trips

  @Test(
    arguments: [0, 1, 7, 31, 32, 33, 1000, 1 << 18, chunk - 1, chunk, chunk + 1, 3 * chunk + 5],
    [1, 3, 8, 16, 255])
  func givesBackWhatItTook(byteCount: Int, typeSize: Int) throws {
    let stage = Blosc2(typeSize: typeSize)
    let values = Self.elements(byteCount)
    for workers in [Workers(), Workers(4)] {
      let frame = try stage.encoded(values, workers: workers)
      #expect(try stage.decoded(frame, size: byteCount, workers: workers) == values)
    }
  }

  @Test(arguments: Blosc2.Codec.allCases, [0, 1, 9])
  func everyCodecAndLevel(codec: Blosc2.Codec, level: Int) throws {
    let stage = Blosc2(codec: codec, level: level, typeSize: 8)
    let values = Self.elements(Self.chunk / 2 + 24)
    let frame = try stage.encoded(values, workers: Workers())
    #expect(level == 0 || frame.count < values.count * 3 / 4)
    #expect(frame.count <= (try stage.maximumEncodedSize(values.count)))
    #expect(try stage.decoded(frame, size: values.count, workers: Workers()) == values)
  }

  @Test func whatCannotBeCompressedIsStored() throws {
    var generator = SeededGenerator(seed: 1)
    let noise = bytes(of: (0..<3 * Self.chunk / 16).map { _ in generator.next() }) + [1, 2, 3]
    let stage = Blosc2(typeSize: 8)
    let frame = try stage.encoded(noise, workers: Workers(2))
    #expect(frame.count == (try stage.maximumEncodedSize(noise.count)))
    #expect(try stage.decoded(frame, size: noise.count, workers: Workers(2)) == noise)
  }

  @Test func bytesDoNotDependOnWorkers() throws {
    let values = Self.elements(5 * Self.chunk + 8)
    let stage = Blosc2(typeSize: 8)
    #expect(try stage.encoded(values, workers: Workers()) == stage.encoded(values, workers: Workers(3)))
  }

  // MARK: Frames of others, and ours to others

  /// What the frame of this name under `Fixtures/blosc2` holds.
  static func publishedElements(_ name: String) -> [UInt8] {
    switch name {
    case "stored": bytes(of: walk(1000).map { Int16(truncatingIfNeeded: $0) })
    case "zeros": [UInt8](repeating: 0, count: 12000)
    case "blocks": plateaus
    default: bytes(of: walk(300).map { Double($0) / 8 })
    }
  }

  /// As the script that makes the fixtures has them.
  static let plateaus = (0..<300_000).map { UInt8($0 / 256 * 37 % 256) }

  @Test(arguments: ["lz4", "blosclz", "lz4hc", "zlib", "zstd", "stored", "zeros", "blocks"])
  func readsThePublishedPackagesFrames(name: String) throws {
    let values = Self.publishedElements(name)
    let frame = try Fixture.bytes("blosc2/\(name).frame")
    let stage = Blosc2(typeSize: 1)
    let source = MemorySource(copying: frame)
    #expect(try stage.decodedSize(of: PayloadWindow(source, 0..<frame.count)) == values.count)
    #expect(try stage.decoded(frame, size: values.count, workers: Workers(2)) == values)
    var generator = SeededGenerator(seed: 2)
    for _ in 0..<50 {
      let start = Int.random(in: 0...values.count, using: &generator)
      let range = start..<Int.random(in: start...values.count, using: &generator)
      #expect(try stage.decoded(range, of: values.count, from: source) == Array(values[range]))
      #expect(try stage.decoded(range, of: values.count, from: CountingSource(frame)) == Array(values[range]))
    }
  }

  @Test(arguments: [(1, 8), (32, 8), (1000, 8), (1000, 3), (5, 3), (chunk, 8), (2 * chunk + 40, 8), (chunk + 100, 3)])
  func theLibraryReadsOurFrames(byteCount: Int, typeSize: Int) throws {
    let values = Self.elements(byteCount)
    var frame = try Blosc2(typeSize: typeSize).encoded(values, workers: Workers())
    blosc2_init()
    let superchunk = try #require(blosc2_schunk_from_buffer(&frame, Int64(frame.count), true))
    defer { blosc2_schunk_free(superchunk) }
    #expect(superchunk.pointee.nbytes == Int64(byteCount))
    // Parts of elements are written as bytes.
    #expect(superchunk.pointee.typesize == Int32(byteCount % typeSize == 0 ? typeSize : 1))
    var result: [UInt8] = []
    for chunk in 0..<superchunk.pointee.nchunks {
      var part = [UInt8](repeating: 0, count: Int(superchunk.pointee.chunksize))
      let size = blosc2_schunk_decompress_chunk(superchunk, chunk, &part, Int32(part.count))
      result += part.prefix(Int(max(size, 0)))
    }
    #expect(result == values)
  }

  @Test func theLibraryReadsOurEmptyFrame() throws {
    var frame = try Blosc2(typeSize: 8).encoded([], workers: Workers())
    blosc2_init()
    let superchunk = try #require(blosc2_schunk_from_buffer(&frame, Int64(frame.count), true))
    defer { blosc2_schunk_free(superchunk) }
    #expect(superchunk.pointee.nbytes == 0)
    #expect(superchunk.pointee.nchunks == 0)
  }

  // MARK: Ranges

  @Test(arguments: [8, 3], 0..<4)
  func rangesAreSlices(typeSize: Int, seed: UInt64) throws {
    let values = Self.elements(3 * Self.chunk + 4000)
    let stage = Blosc2(typeSize: typeSize)
    let frame = try stage.encoded(values, workers: Workers())
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<10 {
      let start = Int.random(in: 0...values.count, using: &generator)
      let length = [0, 1, 8000, Self.chunk, values.count].randomElement(using: &generator) ?? 0
      let range = start..<min(start + length, values.count)
      let expected = Array(values[range])
      let inMemory = try stage.decoded(range, of: values.count, from: MemorySource(copying: frame), workers: Workers(2))
      #expect(inMemory == expected)
      #expect(try stage.decoded(range, of: values.count, from: CountingSource(frame)) == expected)
    }
  }

  @Test func aRangeReadsItsBlocksOnly() throws {
    let values = Self.elements(8 * Self.chunk)
    let stage = Blosc2(typeSize: 8)
    let frame = try stage.encoded(values, workers: Workers())
    let source = CountingSource(frame)
    let range = 5 * Self.chunk + 800..<5 * Self.chunk + 8800
    #expect(try stage.decoded(range, of: values.count, from: source) == Array(values[range]))
    #expect(source.bytesRead < (1 << 18) + 1000)
  }

  @Test func aRangeOfALargeChunkReadsItsBlocksOnly() throws {
    let frame = try Fixture.bytes("blosc2/blocks.frame")
    let source = CountingSource(frame)
    let range = 290_000..<290_100
    #expect(try Blosc2(typeSize: 1).decoded(range, of: 300_000, from: source) == Array(Self.plateaus[range]))
    #expect(source.bytesRead < frame.count / 4)
  }

  // MARK: Parameters

  static func stage(_ parameters: [(String, CBORValue)], typeSize: Int = 8) throws -> Blosc2 {
    var map = CBORMap()
    for (key, value) in parameters { map[key] = value }
    return try Blosc2(StageParameters(map), typeSize: typeSize)
  }

  @Test func parametersHaveDefaults() throws {
    let stage = try Self.stage([])
    #expect(stage.codec == .lz4 && stage.level == 5 && stage.typeSize == 8)
    let chosen = try Self.stage([("blosc2_codec", .text("zstd")), ("blosc2_clevel", .unsigned(9))], typeSize: 300)
    #expect(chosen.codec == .zstd && chosen.level == 9 && chosen.typeSize == 1)
  }

  @Test(arguments: [
    ("blosc2_codec", CBORValue.text("snappy"), TensogramError.Kind.encoding, "snappy"),
    ("blosc2_codec", .unsigned(1), .metadata, "expected text for blosc2_codec"),
    ("blosc2_clevel", .unsigned(10), .encoding, "blosc2_clevel must be 0 to 9, got 10"),
    ("blosc2_clevel", .negative(0), .encoding, "blosc2_clevel must be 0 to 9, got -1"),
    ("blosc2_clevel", .unsigned(1 << 40), .metadata, "blosc2_clevel"),
    ("blosc2_clevel", .float(5), .metadata, "expected integer for blosc2_clevel"),
  ])
  func badParametersAreRefused(key: String, value: CBORValue, kind: TensogramError.Kind, text: String) throws {
    let error = #expect(throws: TensogramError.self) { try Self.stage([(key, value)]) }
    #expect(error?.kind == kind)
    #expect(error?.text.contains(text) == true)
  }
}
