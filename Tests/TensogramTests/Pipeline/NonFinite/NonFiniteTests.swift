import Testing

@testable import Tensogram

@Suite struct NonFiniteTests {
  private func first(_ bytes: [UInt8], _ dtype: DType, _ order: ByteOrder) -> (Int, NonFinite.Kind, NonFinite.Part?)? {
    // Bytes have no padding.
    unsafe NonFinite.first(in: bytes.span.bytes, dtype: dtype, byteOrder: order)
  }

  @Test(arguments: DType.floats, ByteOrder.both)
  func findsEachKind(dtype: DType, order: ByteOrder) throws {
    let cases: [(Double, NonFinite.Kind?)] = [
      (.nan, .nan), (-.nan, .nan), (.signalingNaN, .nan), (.infinity, .positiveInfinity),
      (-.infinity, .negativeInfinity), (0, nil), (-0.0, nil), (1.5, nil),
    ]
    let one = order.bytes(dtype.scalarBits(1), dtype.swapWidth)
    for (value, kind) in cases {
      let odd = order.bytes(dtype.scalarBits(value), dtype.swapWidth)
      // Element 2 of 4; its last part.
      let scalars = 4 * dtype.parts
      let bytes = (0..<scalars).flatMap { $0 == 3 * dtype.parts - 1 ? odd : one }
      let found = first(bytes, dtype, order)
      #expect(found?.1 == kind)
      guard let found else { continue }
      #expect(found.0 == 2)
      #expect(found.2 == (dtype.isComplex ? .imaginary : nil))
    }
  }

  @Test(arguments: [
    (Double.infinity, Double.nan, NonFinite.Kind.nan, NonFinite.Part.imaginary), (.nan, .nan, .nan, .real),
    (-.infinity, .infinity, .positiveInfinity, .imaginary), (.infinity, -.infinity, .positiveInfinity, .real),
    (-.infinity, -.infinity, .negativeInfinity, .real), (1, -.infinity, .negativeInfinity, .imaginary),
  ])
  func complexNumbersCountAsTheStrongerPart(
    real: Double, imaginary: Double, kind: NonFinite.Kind, part: NonFinite.Part
  ) throws {
    let bytes = [1, 2, real, imaginary].flatMap { ByteOrder.little.bytes($0.bitPattern, 8) }
    let found = try #require(first(bytes, .complex128, .little))
    #expect(found == (1, kind, part))
  }

  @Test(arguments: DType.floats, ByteOrder.both)
  func agreesWithThePlainSearch(dtype: DType, order: ByteOrder) {
    var generator = SeededGenerator(seed: 7)
    for count in [0, 1, 3, 64, 700, 5000] {
      for oneIn in [3, 2000, 1 << 40] {
        let bytes = randomFloats(count, dtype, order, oneIn: oneIn, &generator)
        let kinds = plainKinds(bytes, dtype, order)
        let expected = kinds.firstIndex { $0 != nil }
        let found = first(bytes, dtype, order)
        #expect(found?.0 == expected)
        #expect(found?.1 == expected.flatMap { kinds[$0] })
      }
    }
  }

  @Test func everyPositionAndAlignmentIsSeen() {
    for position in [0, 1, 511, 512, 1023, 1024, 1030] {
      for skip in 0..<8 {
        var values = [Double](repeating: 1, count: 1031)
        values[position] = .nan
        let bytes = [UInt8](repeating: 0xff, count: skip) + values.flatMap { ByteOrder.big.bytes($0.bitPattern, 8) }
        let span = unsafe bytes.span.bytes.extracting(skip..<bytes.count)
        #expect(NonFinite.first(in: span, dtype: .float64, byteOrder: .big)?.index == position)
      }
    }
  }

  @Test func otherTypesAndCutOffElementsAreNotLookedAt() {
    let ones = [UInt8](repeating: 0xff, count: 7)
    #expect(first(ones, .int64, .little) == nil)
    #expect(first(ones, .bitmask, .little) == nil)
    #expect(first(ones, .float64, .little) == nil)
    #expect(first(ones, .complex64, .little) == nil)
    #expect(first([], .float32, .little) == nil)
  }
}
