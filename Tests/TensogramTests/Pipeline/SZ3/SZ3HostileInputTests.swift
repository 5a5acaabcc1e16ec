import Testing

@testable import Tensogram

/// No stream crashes the decoder: damaged ones are refused, or decode to other values of the right number.
@Suite struct SZ3HostileInputTests {
  struct Original {
    let payload: [UInt8]
    let count: Int
    let isSingle: Bool

    /// Whether it decodes; an error other than one of compression fails the test.
    func decodes(_ payload: [UInt8]) throws -> Bool {
      do {
        if isSingle {
          _ = try SZ3.decode(payload, count: count, as: Float.self)
        } else {
          _ = try SZ3.decode(payload, count: count, as: Double.self)
        }
        return true
      } catch let error as TensogramError {
        #expect(error.kind == .compression)
        return false
      }
    }
  }

  /// Of every algorithm, written here and elsewhere.
  static func originals() throws -> [Original] {
    var originals: [Original] = []
    for sample in [SZ3Sample.parabolas, .noise, .steps, .outliers, .integers] {
      for count in [1, 40, 300] {
        let values = sample.values(count)
        originals.append(Original(payload: try SZ3.encode(values), count: count, isSingle: false))
        let singles = values.map { Float($0) }
        originals.append(Original(payload: try SZ3.encode(singles), count: count, isSingle: true))
      }
    }
    for (file, isSingle) in [("float64.txt", false), ("float32.txt", true)] {
      originals += try SZ3VectorTests.vectors(file).filter { $0.count <= 5000 }.map {
        Original(payload: $0.payload, count: $0.count, isSingle: isSingle)
      }
    }
    return originals
  }

  @Test func survivesDamagedBytes() throws {
    var random = SeededGenerator(seed: 1)
    var refused = 0
    for original in try Self.originals() {
      for _ in 0..<40 {
        let payload = damaged(original.payload, using: &random)
        if try !original.decodes(payload) { refused += 1 }
      }
    }
    #expect(refused > 1000)
  }

  /// Behind the compression, where no checksum of zstd's hides the damage from the decoder.
  @Test func survivesDamagedContent() throws {
    var random = SeededGenerator(seed: 2)
    var (refused, accepted) = (0, 0)
    for original in try Self.originals() {
      let originalParts = try SZ3Parts(original.payload)
      for _ in 0..<60 {
        var parts = originalParts
        // The first bytes are those that say how to read the others.
        let reach = Bool.random(using: &random) ? parts.content.count : min(parts.content.count, 120)
        let head = damaged(Array(parts.content.prefix(reach)), using: &random)
        parts.content.replaceSubrange(0..<reach, with: head)
        if try original.decodes(parts.payload()) { accepted += 1 } else { refused += 1 }
      }
    }
    #expect(refused > 1000 && accepted > 500)
  }

  /// The content of one algorithm read as that of another.
  @Test func survivesAnotherConfig() throws {
    let flags: [UInt8] = [0x80, 0x40, 0x20, 0xC0, 0xA0, 0xE0, 0x60]
    for original in try Self.originals() where original.count <= 1000 {
      for algorithm: SZ3Config.Algorithm in [.blockwise, .interpolation, .unpredicted, .lossless] {
        for flag in flags {
          var parts = try SZ3Parts(original.payload)
          parts.config.algorithm = algorithm
          parts.config.predictors = SZ3Config.Predictors(rawValue: flag)
          parts.config.blockSize = flag == 0xA0 ? 1 : flag == 0xE0 ? 2 : 128
          _ = try original.decodes(parts.payload())
        }
      }
    }
  }

  @Test func refusesEveryTruncation() throws {
    for sample in [SZ3Sample.parabolas, .noise, .steps] {
      let original = Original(payload: try SZ3.encode(sample.values(300)), count: 300, isSingle: false)
      #expect(try original.decodes(original.payload))
      for size in 0..<original.payload.count {
        #expect(try !original.decodes(Array(original.payload.prefix(size))))
      }
    }
  }

  @Test func refusesRandomBytes() throws {
    var random = SeededGenerator(seed: 3)
    for size in 0..<500 {
      var payload = (0..<size).map { _ in UInt8.random(in: 0...255, using: &random) }
      if size >= 8 && size % 2 == 0 { payload.replaceSubrange(0..<8, with: [0x10, 0xF3, 0x42, 0xF3, 0, 2, 3, 3]) }
      #expect(try !Original(payload: payload, count: 100, isSingle: false).decodes(payload))
    }
  }

  /// Offsets are of the parts in front of the quantizer, of the quantizer without values, and of the tree.
  @Test(
    arguments: [
      ("another dimension", 0, [0x2D, 1, 0, 0, 0, 0, 0, 0], "dimension is 301, must be 300"),
      ("no block length", 8, [0, 0, 0, 0], "block length 0"),
      ("an odd block length", 8, [33, 0, 0, 0], "block length 33"),
      ("an unknown interpolant", 12, [2, 0, 0, 0], "interpolant 2"),
      ("another direction", 16, [1, 0, 0, 0], "direction 1"),
      ("an anchor distance that is no power of two", 20, [3, 0, 0, 0, 0, 0, 0, 0], "anchor distance 3"),
      ("an infinite α", 28, [0, 0, 0, 0, 0, 0, 0xF0, 0x7F], "must be finite"),
      ("another quantizer", 44, [1], "quantizer of kind 1"), ("no radius", 53, [0, 0, 0, 0], "quantizer radius 0"),
      ("a negative radius", 53, [0, 0, 0, 0x80], "quantizer radius -2147483648"),
      ("more values than elements", 57, [0x2D, 1, 0, 0, 0, 0, 0, 0], "unpredictable values is 301, must be 0 to 300"),
      ("values up to the sky", 57, [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], "18446744073709551615"),
      ("values that are not there", 57, [0x2C, 1, 0, 0, 0, 0, 0, 0], "300 items of 8 bytes"),
      ("a tree larger than the array", 69, [0, 0, 2, 0x59], "tree of 601 nodes, must be odd and at most 599"),
    ] as [(String, Int, [UInt8], String)])
  func refusesClaims(flaw: String, offset: Int, bytes: [UInt8], message: String) throws {
    var parts = try SZ3Parts(SZ3Sample.parabolas.values(300), .interpolation(isCubic: true, .equal), bound: 0.01)
    #expect(try SZ3.decode(parts.payload(), count: 300, as: Double.self).count == 300)
    parts.content.replaceSubrange(offset..<offset + bytes.count, with: bytes)
    try expectError(message) { try SZ3.decode(parts.payload(), count: 300, as: Double.self) }
  }

  @Test(
    arguments: [
      ("another magic", 0, [0x11], "stream starts with"), ("another version", 6, [4], "data version 3.4.2"),
      (
        "a body past the end", 8, [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], "body size is 18446744073709551615"
      ),
      ("a config past the end", -34, [0xFF], "config of 255 bytes"), ("a short config", -34, [33], "its parts take 34"),
      ("two dimensions", -33, [2], "stream of 2 dimensions"),
      ("a dimension of no bits", -32, [0], "dimension of 0 bits"),
      ("a dimension of 65 bits", -32, [65], "dimension of 65 bits"),
      ("two counts", -29, [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], "elements in a dimension of 300"),
      ("the request to choose", -21, [1], "algorithm 1"), ("molecular dynamics", -21, [5], "algorithm 5"),
      ("an unknown mode", -20, [6], "error bound mode 6"), ("the layout for threads", -11, [0xE8], "several threads"),
      ("another type", -10, [9], "data type 9"),
    ] as [(String, Int, [UInt8], String)])
  func refusesContainers(flaw: String, offset: Int, bytes: [UInt8], message: String) throws {
    var payload = try SZ3.encode(SZ3Sample.parabolas.values(300))
    let start = offset < 0 ? payload.count + offset : offset
    payload.replaceSubrange(start..<start + bytes.count, with: bytes)
    try expectError(message) { try SZ3.decode(payload, count: 300, as: Double.self) }
  }

  @Test func refusesBlockwiseStreamsWithoutBlocksOrPredictors() throws {
    var parts = try SZ3Parts(SZ3Sample.steps.values(300), .lorenzo, bound: 0.01)
    #expect(try SZ3.decode(parts.payload(), count: 300, as: Double.self).count == 300)
    for size in [0, -1, Int(Int32.min)] {
      parts.config.blockSize = size
      try expectError("block size \(size)") { try SZ3.decode(parts.payload(), count: 300, as: Double.self) }
    }
    parts.config.blockSize = 128
    parts.config.predictors = []
    try expectError("without a predictor") { try SZ3.decode(parts.payload(), count: 300, as: Double.self) }
  }

  @Test func refusesToInflateMoreThanTheElementsCanTake() throws {
    var parts = try SZ3Parts(SZ3.encode(SZ3Sample.parabolas.values(300)))
    parts.content = [UInt8](repeating: 0, count: 10_000_000)
    let payload = try parts.payload()
    #expect(payload.count < 2000)
    try expectError("content of 10000000 bytes") { try SZ3.decode(payload, count: 300, as: Double.self) }
  }

  private func expectError(_ message: String, _ body: () throws -> [Double]) throws {
    let error = #expect(throws: TensogramError.self) { try body() }
    #expect(error?.kind == .compression)
    #expect(error?.text.contains(message) == true, "\(error?.text ?? "")")
  }
}
