import Testing

@testable import Tensogram

/// The library trusts what it reads, so what it gets to see is checked first.
@Suite struct Blosc2HostileTests {
  static let stage = Blosc2(typeSize: 8)

  // MARK: Frames made by hand

  /// A frame of these chunks in order, or with these offsets.
  static func frame(
    _ chunks: [[UInt8]], decodedSize: Int, chunkSize: Int, typeSize: Int = 8, offsets: [Int]? = nil
  ) throws -> [UInt8] {
    var starts: [Int] = []
    var body: [UInt8] = []
    for chunk in chunks {
      starts.append(body.count)
      body += chunk
    }
    let layout = Blosc2Frame(
      headerSize: Blosc2Frame.writtenHeaderSize, chunksSize: body.count, decodedSize: decodedSize,
      chunkSize: chunkSize, typeSize: typeSize)
    var end = try ScratchBuffer(byteCount: 1000)
    let endSize = try end.withOutput { (output) throws(TensogramError) in
      layout.appendIndex(offsets ?? starts, to: &output)
      layout.appendTrailer(to: &output)
    }
    let header = layout.header(
      frameSize: layout.headerSize + body.count + endSize, codec: .lz4, level: 5, blockSize: chunkSize)
    return header + body + end.array(endSize)
  }

  /// A chunk's header; `flags` 0b111 is stored, `kind` a value over and over.
  static func chunk(
    _ body: [UInt8], decodedSize: Int, flags: UInt8 = 0b111, typeSize: UInt8 = 8, kind: UInt8 = 0,
    blockSize: Int? = nil, filters: [UInt8] = [0, 0, 0, 0, 0, 1]
  ) -> [UInt8] {
    let sizes = [decodedSize, blockSize ?? decodedSize, 32 + body.count].map { Int32(clamping: $0).littleEndian }
    return [5, 1, flags, typeSize] + bytes(of: sizes) + filters + [UInt8](repeating: 0, count: 9) + [kind] + body
  }

  static func decode(_ frame: [UInt8], _ size: Int) throws -> [UInt8] {
    try stage.decoded(frame, size: size, workers: Workers())
  }

  @Test func chunksOfOneValue() throws {
    let element: [UInt8] = [1, 2, 3, 4, 5, 6, 7, 8]
    let notANumber: [UInt8] = [0, 0, 0, 0, 0, 0, 0xF8, 0x7F]
    let chunks = [
      Self.chunk([], decodedSize: 64, kind: 0x10), Self.chunk([], decodedSize: 64, kind: 0x20),
      Self.chunk(element, decodedSize: 64, kind: 0x30), Self.chunk([UInt8](1...40), decodedSize: 40),
    ]
    let zeros = [UInt8](repeating: 0, count: 64)
    let missing = [Int(bitPattern: 0x81 << 56), Int(bitPattern: 0x82 << 56)]
    let offsets = [0, 32, 64, 104]
    let all = try Self.frame(chunks, decodedSize: 232, chunkSize: 64, offsets: offsets)
    let values =
      zeros + Array(repeatElement(notANumber, count: 8).joined())
      + Array(repeatElement(element, count: 8).joined()) + [UInt8](1...40)
    #expect(try Self.decode(all, 232) == values)
    for start in stride(from: 0, to: 232, by: 3) {
      let range = start..<min(start + 70, 232)
      #expect(try Self.stage.decoded(range, of: 232, from: MemorySource(copying: all)) == Array(values[range]))
    }
    let absent = try Self.frame([], decodedSize: 100, chunkSize: 64, offsets: missing)
    #expect(try Self.decode(absent, 100) == zeros + Array(values[64..<100]))
  }

  /// A chunk that the library would be given, were it not for one thing.
  static let block = [UInt8](repeating: 0, count: 100)

  @Test(arguments: [
    (chunk(block, decodedSize: 64, kind: 0x40), "never set"),
    (chunk(block, decodedSize: 64, kind: 0x01), "not supported here"),
    (chunk(block, decodedSize: 64, kind: 0x08), "not supported here"),
    (chunk([], decodedSize: 64, typeSize: 3, kind: 0x20), "NaN values of 3 bytes"),
    (chunk([1], decodedSize: 64, kind: 0x30), "takes 33 bytes"),
    (chunk(block, decodedSize: 64), "takes 132 bytes for 64"),
    (chunk(block, decodedSize: 65, flags: 0x35), "claims 65 bytes where 64 are due"),
    (chunk(block, decodedSize: 64, flags: 0x24), "version 5, flags 36"),
    (chunk(block, decodedSize: 64, flags: 0xD5), "codec format 6"),
    (chunk(block, decodedSize: 64, flags: 0x35, typeSize: 0), "elements of 0 bytes"),
    (chunk(block, decodedSize: 64, flags: 0x35, blockSize: 0), "blocks of 0"),
    (chunk(block, decodedSize: 64, flags: 0x35, blockSize: 65), "blocks of 65"),
    (chunk(block, decodedSize: 64, flags: 0x25, blockSize: 63), "63 bytes cannot be split into 8"),
    (chunk(block, decodedSize: 64, flags: 0x35, blockSize: 1), "no room for the table of its 64 blocks"),
    (chunk(block, decodedSize: 64, flags: 0x35, filters: [0, 0, 0, 0, 0, 3]), "filter 3"),
    (chunk(block, decodedSize: 64, flags: 0x35, filters: [160, 0, 0, 0, 0, 1]), "filter 160"),
    (chunk(block, decodedSize: 64, flags: 0x35), "damaged"),
  ])
  func chunksThatAreRefused(chunk: [UInt8], text: String) throws {
    let frame = try Self.frame([chunk], decodedSize: 64, chunkSize: 64)
    let error = #expect(throws: TensogramError.self) { try Self.decode(frame, 64) }
    #expect(error?.kind == .compression)
    #expect(error?.text.contains(text) == true, "\(error?.text ?? "")")
  }

  @Test(arguments: [1, -1, 72, 1000, Int.max, Int.min, Int(bitPattern: 0x83 << 56)])
  func offsetsThatAreRefused(offset: Int) throws {
    let chunk = Self.chunk([UInt8](0..<40), decodedSize: 40)
    let frame = try Self.frame([chunk], decodedSize: 40, chunkSize: 64, offsets: [offset])
    let error = #expect(throws: TensogramError.self) { try Self.decode(frame, 40) }
    #expect(error?.kind == .compression)
  }

  @Test(arguments: [-1, 0, 35, 60, 1000])
  func blockStartsThatAreRefused(start: Int32) throws {
    let body = bytes(of: [Int32(40), start]) + [UInt8](repeating: 0, count: 20)
    let chunk = Self.chunk(body, decodedSize: 64, flags: 0x35, blockSize: 32)
    let frame = try Self.frame([chunk], decodedSize: 64, chunkSize: 64)
    #expect(throws: TensogramError.self) { try Self.decode(frame, 64) }
    let error = #expect(throws: TensogramError.self) {
      try Self.stage.decoded(40..<48, of: 64, from: MemorySource(copying: frame))
    }
    #expect(error?.kind == .compression)
  }

  // MARK: Claims

  @Test(arguments: [(Int.max, 1), (Int.max, Int(Int32.max)), (1 << 40, 64), (-1, 64), (64, 0), (64, -1)])
  func sizesThatNoIndexCanHold(decodedSize: Int, chunkSize: Int) throws {
    var frame = try Self.frame([Self.chunk([UInt8](0..<64), decodedSize: 64)], decodedSize: 64, chunkSize: 64)
    frame.replaceSubrange(0x1E..<0x26, with: bytes(of: [decodedSize.bigEndian]))
    frame.replaceSubrange(0x3A..<0x3E, with: bytes(of: [Int32(chunkSize).bigEndian]))
    let source = MemorySource(copying: frame)
    #expect(throws: TensogramError.self) {
      // The descriptor may claim the same.
      let size = try Self.stage.decodedSize(of: PayloadWindow(source, 0..<frame.count))
      _ = try Self.stage.decoded(0..<8, of: try #require(size), from: source)
    }
  }

  @Test func aFrameOfAnotherSizeIsAnError() throws {
    let frame = try Self.frame([Self.chunk([UInt8](0..<64), decodedSize: 64)], decodedSize: 64, chunkSize: 64)
    for size in [0, 63, 65, 1000] {
      let error = #expect(throws: TensogramError.self) { try Self.decode(frame, size) }
      #expect(error?.text == "descriptor claims \(size) bytes but the blosc2 frame holds 64")
    }
  }

  // MARK: Damage

  /// With several blocks, stored and compressed chunks, and zeros.
  static func intact() throws -> (frame: [UInt8], size: Int) {
    let values = bytes(of: walk(40).map { Double($0) / 8 })
    let small = try stage.encoded(values, workers: Workers())
    return (small, values.count)
  }

  @Test func everyPrefixIsAnError() throws {
    let (frame, size) = try Self.intact()
    for length in 0..<frame.count {
      #expect(throws: TensogramError.self) { try Self.decode(Array(frame[..<length]), size) }
    }
    #expect(throws: TensogramError.self) { try Self.decode(frame + [0], size) }
  }

  @Test func everyByteMayBeAnything() throws {
    let (frame, size) = try Self.intact()
    for position in frame.indices {
      for byte: UInt8 in [0, 1, 2, 0x10, 0x7F, 0x80, 0xFF, frame[position] ^ 1, frame[position] ^ 0x80] {
        var damaged = frame
        damaged[position] = byte
        Self.decodeAllAndParts(damaged, size)
      }
    }
  }

  @Test(arguments: ["lz4", "blosclz", "lz4hc", "zlib", "zstd", "stored", "zeros", "blocks"])
  func damagedFramesOfThePublishedPackage(name: String) throws {
    let frame = try Fixture.bytes("blosc2/\(name).frame")
    let window = PayloadWindow(MemorySource(copying: frame), 0..<frame.count)
    let size = try #require(try Self.stage.decodedSize(of: window))
    var generator = SeededGenerator(seed: UInt64(frame.count))
    for _ in 0..<(size < 100_000 ? 400 : 60) {
      Self.decodeAllAndParts(damaged(frame, using: &generator), size)
    }
  }

  /// What comes out does not matter, only that nothing but an error may be thrown.
  static func decodeAllAndParts(_ frame: [UInt8], _ size: Int) {
    _ = try? decode(frame, size)
    _ = try? stage.decoded(size / 3..<size / 2, of: size, from: MemorySource(copying: frame))
    _ = try? stage.decoded(size - 1..<size, of: size, from: CountingSource(frame))
  }
}
