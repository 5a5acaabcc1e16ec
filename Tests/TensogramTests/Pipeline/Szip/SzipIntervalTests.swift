import Testing

@testable import Tensogram

@Suite struct SzipIntervalTests {
  @Test func offsetsAreWhereIntervalsStart() throws {
    for item in try SzipCase.matrix(1...32) where item.parameters.interval < 4096 {
      let (payload, offsets) = try SzipEncoder(item.parameters).encode(item.bytes)
      let decoder = SzipDecoder(item.parameters)
      let size = item.parameters.samplesPerInterval
      try #require(offsets.count == (item.samples.count + size - 1) / size, "\(item)")
      try #require(offsets.first == 0)
      for (interval, offset) in offsets.enumerated() where interval > 0 {
        try #require(try decoder.decode(payload, count: interval * size).end == offset, "\(item), interval \(interval)")
      }
    }
  }

  @Test func rangesAreSlicesOfTheWhole() throws {
    var generator = SeededGenerator(seed: 3)
    for item in try SzipCase.matrix(1...32) where item.samples.count > 1 {
      let (payload, offsets) = try SzipEncoder(item.parameters).encode(item.bytes)
      let size = item.parameters.samplesPerInterval
      let width = item.parameters.bytesPerSample
      for _ in 0..<3 {
        let first = Int.random(in: 0..<item.samples.count, using: &generator)
        let last = Int.random(in: first..<item.samples.count, using: &generator)
        let part = try SzipDecoder(item.parameters).decode(
          payload, at: offsets[first / size], skipping: first % size, count: last + 1 - first)
        try #require(
          part.samples == Array(item.bytes[first * width..<(last + 1) * width]), "\(item), \(first)...\(last)")
      }
    }
  }

  /// Blocks larger than what is decoded at a time, and intervals of several such pieces.
  @Test(arguments: [(64, 100), (4098, 2), (8, 1000)])
  func longIntervals(blockSize: Int, interval: Int) throws {
    let parameters = try SzipParameters(
      bitsPerSample: 16, blockSize: blockSize, interval: interval, flags: [.preprocess, .anyBlockSize])
    let item = SzipCase(parameters, .smooth, count: 20_011, seed: 5)
    let (payload, offsets) = try SzipEncoder(parameters).encode(item.bytes)
    #expect(try payload == LibAEC.encode(item.bytes, parameters))
    let decoder = SzipDecoder(parameters)
    #expect(try decoder.decode(payload, count: item.samples.count).samples == item.bytes)
    let part = try decoder.decode(payload, at: offsets[1], skipping: 3001, count: 500)
    let first = parameters.samplesPerInterval + 3001
    #expect(part.samples == Array(item.bytes[first * 2..<(first + 500) * 2]))
  }
}
