import Testing

@testable import Tensogram

/// Whatever the payload, decoding ends with samples in range or an error.
@Suite struct SzipDamageTests {
  private static func parameters() throws -> [SzipParameters] {
    try [
      SzipParameters(bitsPerSample: 16, blockSize: 16, interval: 128, flags: [.preprocess, .mostSignificantFirst]),
      SzipParameters(bitsPerSample: 24, blockSize: 32, interval: 5, flags: [.preprocess, .threeBytes]),
      SzipParameters(bitsPerSample: 32, blockSize: 8, interval: 4096, flags: [.preprocess, .signed]),
      SzipParameters(bitsPerSample: 32, blockSize: 64, interval: 2, flags: []),
      SzipParameters(bitsPerSample: 8, blockSize: 8, interval: 70, flags: .preprocess),
      SzipParameters(bitsPerSample: 3, blockSize: 16, interval: 9, flags: [.preprocess, .signed, .restricted]),
      SzipParameters(bitsPerSample: 1, blockSize: 2, interval: 3, flags: [.anyBlockSize, .restricted]),
      SzipParameters(
        bitsPerSample: 13, blockSize: 10, interval: 3, flags: [.anyBlockSize, .preprocess, .paddedIntervals]),
    ]
  }

  /// Decodes; what comes out is in range, or there is a compression error.
  private func probe(_ payload: [UInt8], _ parameters: SzipParameters, count: Int, at bit: Int = 0) throws {
    do {
      let decoded = try SzipDecoder(parameters).decode(payload, at: bit, count: count)
      #expect(decoded.end <= payload.count * 8)
      // Encoding refuses samples that are out of range.
      _ = try SzipEncoder(parameters).encode(decoded.samples)
    } catch let error as TensogramError {
      #expect(error.kind == .compression, "\(error)")
    }
  }

  @Test(arguments: 0..<8)
  func flippedBitsAndBytes(index: Int) throws {
    let parameters = try Self.parameters()[index]
    var generator = SeededGenerator(seed: UInt64(index))
    for data in SzipCase.Data.allCases {
      let item = SzipCase(parameters, data, count: 300, seed: 9)
      let payload = try SzipEncoder(parameters).encode(item.bytes).payload
      for _ in 0..<200 {
        var damaged = payload
        for _ in 0..<Int.random(in: 1...4, using: &generator) {
          let place = Int.random(in: damaged.indices, using: &generator)
          damaged[place] ^= UInt8(1 << Int.random(in: 0..<8, using: &generator))
          if Bool.random(using: &generator) { damaged[place] = 0 }
        }
        try probe(damaged, parameters, count: 300)
      }
    }
  }

  @Test(arguments: 0..<8)
  func randomBytes(index: Int) throws {
    let parameters = try Self.parameters()[index]
    var generator = SeededGenerator(seed: UInt64(100 + index))
    for _ in 0..<500 {
      let length = Int.random(in: 0..<200, using: &generator)
      let mask = UInt8.random(in: .min ... .max, using: &generator)
      let payload = (0..<length).map { _ in UInt8.random(in: .min ... .max, using: &generator) & mask }
      try probe(payload, parameters, count: 200, at: Int.random(in: 0...length * 8 + 100, using: &generator))
    }
  }

  @Test(arguments: 0..<8)
  func everyTruncationIsAnError(index: Int) throws {
    let parameters = try Self.parameters()[index]
    for data in SzipCase.Data.allCases {
      let item = SzipCase(parameters, data, count: 150, seed: 4)
      let payload = try SzipEncoder(parameters).encode(item.bytes).payload
      for length in 0..<payload.count {
        let error = #expect(throws: TensogramError.self) {
          try SzipDecoder(parameters).decode(Array(payload[..<length]), count: 150)
        }
        #expect(error?.kind == .compression)
      }
    }
  }

  @Test func zerosWithoutEndAreAnError() throws {
    for parameters in try Self.parameters() {
      for first in [0, 0x08, 0x10, 0x20, 0x40] as [UInt8] {
        let payload = [first] + [UInt8](repeating: 0, count: 100_000)
        #expect(throws: TensogramError.self) { try SzipDecoder(parameters).decode(payload, count: 1 << 16) }
      }
    }
  }

  @Test(arguments: [6, 7, 64, 100])
  func aRunOfZeroBlocksEndsInItsInterval(code: Int) throws {
    let parameters = try SzipParameters(bitsPerSample: 8, blockSize: 8, interval: 4, flags: [])
    let payload = PlainSzip.bytes(
      Array(repeating: false, count: 4 + code - 1) + Array(repeating: true, count: 1 + (8 - (4 + code) % 8) % 8))
    let error = #expect(throws: TensogramError.self) { try SzipDecoder(parameters).decode(payload, count: 32) }
    #expect(error?.text.contains("\(code - 1) zero blocks") == true)
  }
}
