import Testing

@testable import TensogramArrays

/// Expected values are those of numpy 2.4 on x86, and of ml_dtypes for bfloat16.
@Suite struct CastTests {
  static let numbers: [ElementType] = [
    .bool, .int8, .int16, .int32, .int64, .uint8, .uint16, .uint32, .uint64, .float16, .bfloat16, .float32, .float64,
    .complex64, .complex128,
  ]

  @Test(arguments: numbers)
  func smallNumbersSurviveEveryWay(source: ElementType) {
    let input = Tensor.numbered(source, [3, 700], 5)
    let expected = cast(input, .float64).values(Double.self)
    for target in Self.numbers where target != .bool {
      #expect(cast(cast(input, target), .float64).values(Double.self) == expected, "\(source) to \(target)")
    }
    let isNonzero = expected.map { $0 == 0 ? 0 : 1 as UInt8 }
    #expect(cast(input, .bool).values(UInt8.self) == isNonzero)
  }

  static let beyond: [Double] = [
    .nan, .infinity, -.infinity, -1.5, 255.9, 300, -129, 32768, 0x1p31, 0x1p32 + 4096, -0x1p40, 0x1p63, 0x1p63 + 4096,
    -0x1p63, 1e30,
  ]

  @Test func numbersBeyondTheRangeOfIntegers() {
    let input = Tensor(Self.beyond)
    let bytes: [Int8] = [0, 0, 0, -1, -1, 44, 127, 0, 0, 0, 0, 0, 0, 0, 0]
    #expect(cast(input, .int8).values() == bytes)
    #expect(cast(input, .uint8).values() == bytes.map { UInt8(bitPattern: $0) })
    let shorts: [Int16] = [0, 0, 0, -1, 255, 300, -129, -32768, 0, 0, 0, 0, 0, 0, 0]
    #expect(cast(input, .int16).values() == shorts)
    var fitting: [Int64] = [.min, .min, .min, -1, 255, 300, -129, 32768]
    let words = fitting.map { Int32(truncatingIfNeeded: $0 == .min ? Int64(Int32.min) : $0) }
    #expect(cast(input, .int32).values() == words + Array(repeating: Int32.min, count: 7))
    fitting += [0x8000_0000, 0x1_0000_1000, -0x100_0000_0000]
    #expect(cast(input, .int64).values() == fitting + Array(repeating: Int64.min, count: 4))
    // Infinity, and 1e30, are beyond 2⁶³ by more than an integer holds.
    var unsigned = fitting.map { UInt64(bitPattern: $0) }
    unsigned[1] = 0
    #expect(cast(input, .uint64).values() == unsigned + [1 << 63, 1 << 63 + 4096, 1 << 63, 0] as [UInt64])
  }

  @Test func integersKeepTheirLowBits() {
    let input = Tensor([-1, 128, 65_536, 0x1_0000_00FF, .min] as [Int64])
    #expect(cast(input, .uint8).values(UInt8.self) == [255, 128, 0, 255, 0])
    #expect(cast(input, .int8).values(Int8.self) == [-1, -128, 0, -1, 0])
    #expect(cast(input, .uint32).values(UInt32.self) == [.max, 128, 65_536, 255, 0])
    #expect(cast(cast(input, .int8), .uint64).values(UInt64.self) == [.max, .max - 127, 0, .max, 0])
  }

  /// Every float16 there is, and what lies between: conversions agree with Swift's own.
  @Test func float16RoundsToNearestEven() {
    let halves = (UInt16.min...UInt16.max).map { $0 }
    let floats = cast(Tensor(halves, as: .float16), .float32).values(Float.self)
    #expect(areSame(floats, halves.map { Float(Float16(bitPattern: $0)) }))
    let between = floats.flatMap { [$0, $0.nextUp, $0 + $0.magnitude / 2048, $0 * 1.0001] }.filter { !$0.isNaN }
    let expected = between.map { Float16($0).bitPattern }
    #expect(cast(Tensor(between), .float16).values16 == expected)
    let doubles = between.flatMap { [Double($0), Double($0).nextUp, Double($0).nextDown] }
    #expect(cast(Tensor(doubles), .float16).values16 == doubles.map { Float16($0).bitPattern })
  }

  @Test func bfloat16RoundsToNearestEven() {
    let input = Tensor([1, 1.00390625, 1.01171875, -0.0, .infinity, 3.4e38, 1e-40, 65_280] as [Float])
    #expect(
      cast(input, .bfloat16).values16 == [0x3F80, 0x3F80, 0x3F82, 0x8000, 0x7F80, 0x7F80, 0x0001, 0x477F])
    #expect(cast(cast(Tensor([Float.nan]), .bfloat16), .float32).values(Float.self)[0].isNaN)
  }

  @Test func complexNumbersLoseTheirImaginaryPart() {
    let pairs = Tensor([1.5, -2, 0, 3, 0, 0] as [Double])
    let input = Tensor(.complex128, [3], strides: [16], offset: 0, storage: pairs.storage)
    #expect(cast(input, .int32).values(Int32.self) == [1, 0, 0])
    #expect(cast(input, .bool).values(UInt8.self) == [1, 1, 0])
    #expect(cast(input, .complex64).imaginaryPart.values(Float.self) == [-2, 3, 0])
    #expect(cast(Tensor([4, 5] as [Int8]), .complex64).bothParts.values(Float.self) == [4, 0, 5, 0])
  }

  @Test(arguments: [(ElementType.float32, ElementType.int64), (.uint8, .float64), (.float16, .float32)])
  func stridesDoNotMatter(source: ElementType, target: ElementType) {
    for input in Tensor.views(source, [6, 40, 9]) {
      let expected = cast(input, .int32).values(Int32.self)
      for output in Tensor.views(target, [6, 40, 9]).prefix(5) {
        Cast.apply(input, into: output)
        #expect(cast(output, .int32).values(Int32.self) == expected)
      }
    }
  }

  @Test func textIsNotANumber() {
    #expect(!Cast.supports(from: .opaque(size: 4), to: .int32) && !Cast.supports(from: .int32, to: .object))
    #expect(Cast.supports(from: .opaque(size: 4), to: .opaque(size: 4)))
  }

  private func cast(_ input: Tensor, _ type: ElementType) -> Tensor {
    let output = Tensor(type, input.shape)
    Cast.apply(input, into: output)
    return output
  }
}

extension Tensor {
  fileprivate var values16: [UInt16] {
    Tensor(.uint16, shape, strides: strides, offset: offset, storage: storage).values(UInt16.self)
  }
}
