import CAEC

@testable import Tensogram

/// libaec, the implementation that others are measured by.
enum LibAEC {
  struct Failure: Error { let code: Int32 }

  static func encode(_ samples: [UInt8], _ parameters: SzipParameters) throws -> [UInt8] {
    try run(aec_buffer_encode, samples, parameters, room: samples.count * 4 + 1 << 12)
  }

  /// As many bytes as the stream gives, at most `count`.
  static func decode(_ payload: [UInt8], _ parameters: SzipParameters, count: Int) throws -> [UInt8] {
    try run(aec_buffer_decode, payload, parameters, room: count)
  }

  private static func run(
    _ function: (UnsafeMutablePointer<aec_stream>) -> Int32, _ input: [UInt8], _ parameters: SzipParameters, room: Int
  ) throws -> [UInt8] {
    var stream = aec_stream()
    stream.bits_per_sample = UInt32(parameters.bitsPerSample)
    stream.block_size = UInt32(parameters.blockSize)
    stream.rsi = UInt32(parameters.interval)
    stream.flags = parameters.flags.rawValue
    return try [UInt8](unsafeUninitializedCapacity: room) { output, count in
      try input.withUnsafeBufferPointer { input in
        stream.next_in = input.baseAddress
        stream.avail_in = input.count
        stream.next_out = output.baseAddress
        stream.avail_out = output.count
        let code = function(&stream)
        guard code == AEC_OK else { throw Failure(code: code) }
        count = stream.total_out
      }
    }
  }
}
