import CZstd
import Testing

@testable import Tensogram

@Suite struct ZstdFrameTests {
  static let input = bytes(of: walk(400_000).map(Double.init))

  @Test(arguments: [-5, 1, 3, 19])
  func framesHaveTheirContentSize(level: Int) throws {
    let payload = try Zstd(level: level).encoded(Self.input, workers: Workers())
    #expect(ZSTD_getFrameContentSize(payload, payload.count) == UInt64(Self.input.count))
    #expect(try Zstd().decoded(payload, size: Self.input.count, workers: Workers()) == Self.input)
    #expect(oneCall(payload, size: Self.input.count) == Self.input)
  }

  @Test(arguments: [0, 1, 100, 131_072, 131_073, 1_000_000])
  func roundTrip(size: Int) throws {
    let input = Array(Self.input.prefix(size))
    let payload = try Zstd().encoded(input, workers: Workers())
    #expect(try Zstd().decoded(payload, size: size, workers: Workers()) == input)
    #expect(oneCall(payload, size: size) == input)
  }

  @Test func severalFramesAreOnePayload() throws {
    let half = Self.input.count / 2
    let payload =
      try Zstd().encoded(Array(Self.input.prefix(half)), workers: Workers())
      + Zstd().encoded(Array(Self.input.dropFirst(half)), workers: Workers())
    #expect(try Zstd().decoded(payload, size: Self.input.count, workers: Workers()) == Self.input)
  }

  @Test func sizesThatDoNotFit() throws {
    let payload = try Zstd().encoded(Self.input, workers: Workers())
    let size = Self.input.count
    for (payload, size, text) in [
      (payload, size - 1, "zstd"), (payload, size + 1, "holds \(size)"), (payload.dropLast(1), size, "zstd error"),
      (payload.dropLast(1000), size, "zstd error"), (payload + [0], size, "zstd error"),
      (payload + payload, size, "zstd"),
    ] {
      let error = #expect(throws: TensogramError.self) {
        try Zstd().decoded(Array(payload), size: size, workers: Workers())
      }
      #expect(error?.text.contains(text) == true, "\(error?.text ?? "")")
    }
  }

  private func oneCall(_ payload: [UInt8], size: Int) -> [UInt8] {
    var output = [UInt8](repeating: 1, count: size)
    let result = unsafe ZSTD_decompress(&output, size, payload, payload.count)
    return result == size ? output : []
  }
}
