import Testing

@testable import Tensogram

/// Values unpacked from the end of their own memory are the ones that are unpacked from elsewhere.
@Suite struct UnpackingInPlaceTests {
  @Test(arguments: [1, 7, 8, 12, 13, 16, 24, 32, 33, 47, 60, 63, 64], [1, 3])
  func anyRange(bits: Int, workers: Int) throws {
    let count = 150_000
    let parameters = try SimplePackingParameters(
      referenceValue: -3, binaryScaleFactor: -4, decimalScaleFactor: 1, bitsPerValue: bits)
    let packed = SeededGenerator.bytes(try parameters.packedSize(count))
    for elements in [0..<count, 3..<count, 8..<100, 77_777..<count - 5, 40..<70_003] where elements.count >= 8 {
      let bytes = parameters.packedBytes(elements)
      let part = Array(packed[bytes])
      var expected = try ScratchBuffer(byteCount: elements.count * 8)
      try fill(&expected) { (output) throws(TensogramError) in
        try parameters.decode(elements, from: part.span.bytes, into: &output, workers: Workers())
      }
      var found = try ScratchBuffer(byteCount: elements.count * 8)
      try fill(&found) { (output) throws(TensogramError) in
        output.copy(part.span.bytes, at: output.byteCount - part.count)
        try parameters.decode(elements, inPlace: &output, workers: Workers(workers))
      }
      #expect(found.array(found.count) == expected.array(expected.count), "\(elements)")
    }
  }

  private func fill(
    _ buffer: inout ScratchBuffer, _ body: (inout MutableRawSpan) throws(TensogramError) -> Void
  ) throws {
    var bytes = buffer.mutableBytes
    try body(&bytes)
  }
}
