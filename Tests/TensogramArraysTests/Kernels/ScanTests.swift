import Testing

@testable import TensogramArrays

/// Expected values are those of numpy 2.4, or of a plain loop.
@Suite struct ScanTests {
  @Test(arguments: [[9], [4, 60], [60, 4], [3, 5, 60]])
  func sumsAlongEveryAxisOfAllViews(shape: [Int]) {
    for input in Tensor.views(.int32, shape) {
      for axis in shape.indices {
        let output = Tensor(.int64, shape)
        scan(.cumsum, input, axis, parts: 3, into: output)
        for index in input.indices {
          let (sum, value): (Int64, Int32) = (output[index], input[index])
          let before: Int64 = index[axis] == 0 ? 0 : output[index.replacing(axis, with: index[axis] - 1)]
          #expect(sum == before + Int64(value))
        }
      }
    }
  }

  static let missing: [(ScanOperation, [Float])] = [
    (.cumsum, [3, .nan, .nan, .nan]), (.cumprod, [3, .nan, .nan, .nan]), (.nancumsum, [3, 3, 4, 6]),
    (.nancumprod, [3, 3, 3, 6]), (.maximum, [3, .nan, .nan, .nan]), (.minimum, [3, .nan, .nan, .nan]),
    (.ffill, [3, 3, 1, 2]),
  ]

  @Test(arguments: missing)
  func missingValues(operation: ScanOperation, expected: [Float]) {
    let input = Tensor([3, .nan, 1, 2] as [Float])
    for parts in 1...3 {
      let output = Tensor(.float32, [4])
      scan(operation, input, 0, parts: parts, into: output)
      #expect(areSame(output.values(), expected))
    }
  }

  @Test(arguments: CastTests.numbers)
  func everyTypeIsScanned(type: ElementType) {
    let input = Tensor.numbered(type, [6], 1)
    for operation in ScanOperation.allCases {
      guard let result = operation.resultType(type) else { continue }
      let (output, doubles) = (Tensor(result, [6]), Tensor(.float64, [6]))
      scan(operation, input, 0, parts: 2, into: output)
      Cast.apply(output, into: doubles)
      let values: [Double] = doubles.values()
      #expect(values[0] == values[0].rounded() && (operation != .maximum || values == values.sorted()))
    }
  }

  @Test func fillsNoMoreThanTheLimit() {
    let input = Tensor([.nan, 1, .nan, .nan, .nan, 2, .nan] as [Double], [7, 1])
    let expected: [(Int?, [Double])] = [
      (nil, [.nan, 1, 1, 1, 1, 2, 2]), (2, [.nan, 1, 1, 1, .nan, 2, 2]), (0, [.nan, 1, .nan, .nan, .nan, 2, .nan]),
    ]
    for (limit, values) in expected {
      let output = Tensor(.float64, [7, 1])
      scan(.ffill, input, 0, parts: 3, limit: limit, into: output)
      #expect(areSame(output.values(), values))
    }
  }

  @Test(arguments: [ElementType.float32, .float64], [1, 3, 511, 513, 1100])
  func fillsManyColumnsAsItFillsOne(type: ElementType, columns: Int) {
    let input = Tensor.numbered(type, [9, columns], 5)
    for index in input.indices where (index[0] * 31 + index[1] * 17) % 5 < 3 {
      Cast.apply(Tensor([Double.nan], [1, 1]), into: input[index.map { $0..<$0 + 1 }])
    }
    for (limit, isReversed) in [(nil, false), (nil, true), (2, false)] {
      let source = isReversed ? input.reversed(1) : input
      let output = Tensor(type, input.shape)
      scan(.ffill, source, 0, parts: 4, limit: limit, into: output)
      for column in 0..<columns {
        let (one, alone) = (source[[0..<9, column..<column + 1]], Tensor(type, [9, 1]))
        scan(.ffill, one, 0, parts: 1, limit: limit, into: alone)
        #expect(areSame(Self.doubles(output[[0..<9, column..<column + 1]]), Self.doubles(alone)))
      }
    }
  }

  private static func doubles(_ tensor: Tensor) -> [Double] {
    let doubles = Tensor(.float64, tensor.shape)
    Cast.apply(tensor, into: doubles)
    return doubles.values()
  }

  private func scan(
    _ operation: ScanOperation, _ input: Tensor, _ axis: Int, parts: Int, limit: Int? = nil, into output: Tensor
  ) {
    var others = input.shape
    let length = others.remove(at: axis)
    let state = operation.makeState(input: input.elementType, shape: others, limit: limit)
    for part in 0..<parts {
      var region = input.shape.map { 0..<$0 }
      region[axis] = length * part / parts..<length * (part + 1) / parts
      state.apply(input[region], axis: axis, into: output[region])
    }
  }
}
