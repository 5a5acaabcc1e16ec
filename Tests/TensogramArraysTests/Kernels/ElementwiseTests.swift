import Testing

@testable import TensogramArrays

/// Expected values are those of numpy 2.4.
@Suite struct ElementwiseTests {
  static let left: [Double] = [
    .nan, 1, .infinity, -.infinity, 0.0, -0.0, 7, -7, 7, -7, 1, 0, -3.5, 1, 5,
  ]
  static let right: [Double] = [
    1, .nan, .infinity, 2, -0.0, 0.0, 2, 2, -2, -2, 0, 0, .infinity, -.infinity, 0.5,
  ]
  static let pairs: [(ElementwiseOperation, [Double])] = [
    (.maximum, [.nan, .nan, .infinity, 2, -0.0, 0, 7, 2, 7, -2, 1, 0, .infinity, 1, 5]),
    (.minimum, [.nan, .nan, .infinity, -.infinity, -0.0, 0, 2, -7, -2, -7, 0, 0, -3.5, -.infinity, 0.5]),
    (.fmax, [1, 1, .infinity, 2, -0.0, 0, 7, 2, 7, -2, 1, 0, .infinity, 1, 5]),
    (.fmin, [1, 1, .infinity, -.infinity, -0.0, 0, 2, -7, -2, -7, 0, 0, -3.5, -.infinity, 0.5]),
    (.divide, [.nan, .nan, .nan, -.infinity, .nan, .nan, 3.5, -3.5, -3.5, 3.5, .infinity, .nan, -0.0, -0.0, 10]),
    (.floorDivide, [.nan, .nan, .nan, .nan, .nan, .nan, 3, -4, -4, 3, .infinity, .nan, -1, -1, 10]),
    (.remainder, [.nan, .nan, .nan, .nan, .nan, .nan, 1, 1, -1, -1, .nan, .nan, .infinity, -.infinity, 0]),
    (.fmod, [.nan, .nan, .nan, .nan, .nan, .nan, 1, -1, 1, -1, .nan, .nan, -3.5, 1, 0]),
    (
      .power,
      [.nan, 1, .infinity, .infinity, 1, 1, 49, 49, 1 / 49, 1 / 49, 1, 1, .infinity, 1, 2.23606797749979]
    ),
    (.copysign, [.nan, 1, .infinity, .infinity, -0.0, 0, 7, 7, -7, -7, 1, 0, 3.5, -1, 5]),
    (
      .logaddexp,
      [
        .nan, .nan, .infinity, 2, 0.6931471805599453, 0.6931471805599453, 7.006715348489118, 2.000123402189723,
        7.000123402189724, -1.993284651510882, 1.3132616875182228, 0.6931471805599453, .infinity, 1, 5.011047744848594,
      ]
    ),
  ]

  @Test(arguments: pairs)
  func specialValuesInPairs(operation: ElementwiseOperation, expected: [Double]) {
    #expect(areSame(run(operation, Tensor(Self.left), Tensor(Self.right)).values(), expected, within: 2))
    let floats = run(operation, Tensor(Self.left.map { Float($0) }), Tensor(Self.right.map { Float($0) }))
    #expect(areSame(floats.values(), expected.map { Float($0) }, within: 2))
  }

  static let comparisons: [(ElementwiseOperation, [UInt8])] = [
    (.less, [0, 0, 0, 1, 0, 0, 0, 1, 0, 1, 0, 0, 1, 0, 0]),
    (.equal, [0, 0, 1, 0, 1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0]),
    (.notEqual, [1, 1, 0, 1, 0, 0, 1, 1, 1, 1, 1, 0, 1, 1, 1]),
    (.greaterEqual, [0, 0, 1, 0, 1, 1, 1, 0, 1, 0, 1, 1, 0, 1, 1]),
    (.logicalAnd, [1, 1, 1, 1, 0, 0, 1, 1, 1, 1, 0, 0, 1, 1, 1]),
  ]

  @Test(arguments: comparisons)
  func comparisonsOfSpecialValues(operation: ElementwiseOperation, expected: [UInt8]) {
    #expect(run(operation, Tensor(Self.left), Tensor(Self.right)).values() == expected)
    for type in [ElementType.float16, .bfloat16, .float32] {
      let (a, b) = (Tensor(type, [Self.left.count]), Tensor(type, [Self.left.count]))
      Cast.apply(Tensor(Self.left), into: a)
      Cast.apply(Tensor(Self.right), into: b)
      #expect(run(operation, a, b).values() == expected)
    }
  }

  static let alone: [Double] = [
    .nan, .infinity, -.infinity, 0.0, -0.0, 0.5, -0.5, 1.5, 2.5, -2.5, 4500000000000000.5, 1e+300,
  ]
  static let singles: [(ElementwiseOperation, [Double])] = [
    (.sign, [.nan, 1, -1, 0, 0, 1, -1, 1, 1, -1, 1, 1]),
    (.absolute, [.nan, .infinity, .infinity, 0, 0, 0.5, 0.5, 1.5, 2.5, 2.5, 4500000000000000.5, 1e+300]),
    (.floor, [.nan, .infinity, -.infinity, 0, -0.0, 0, -1, 1, 2, -3, 4500000000000000, 1e+300]),
    (.ceil, [.nan, .infinity, -.infinity, 0, -0.0, 1, -0.0, 2, 3, -2, 4500000000000001, 1e+300]),
    (.trunc, [.nan, .infinity, -.infinity, 0, -0.0, 0, -0.0, 1, 2, -2, 4500000000000000, 1e+300]),
    (.rint, [.nan, .infinity, -.infinity, 0, -0.0, 0, -0.0, 2, 2, -2, 4500000000000000, 1e+300]),
    (
      .sqrt,
      [
        .nan, .infinity, .nan, 0, -0.0, 0.7071067811865476, .nan, 1.224744871391589, 1.5811388300841898, .nan,
        67082039.32499369, 1e+150,
      ]
    ),
  ]

  @Test(arguments: singles)
  func specialValuesAlone(operation: ElementwiseOperation, expected: [Double]) {
    #expect(areSame(run(operation, Tensor(Self.alone)).values(), expected))
  }

  @Test func classesOfValues() {
    let input = Tensor(Self.alone)
    #expect(run(.isnan, input).values(UInt8.self) == [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
    #expect(run(.isinf, input).values(UInt8.self) == [0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0])
    #expect(run(.isfinite, input).values(UInt8.self) == [0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1])
    #expect(run(.signbit, input).values(UInt8.self) == [0, 0, 1, 0, 1, 0, 1, 0, 0, 1, 0, 0])
    #expect(run(.logicalNot, input).values(UInt8.self) == [0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0])
    #expect(run(.isnan, Tensor([1, 0] as [Int16])).values(UInt8.self) == [0, 0])
  }

  static let integers: [(ElementwiseOperation, [Int8])] = [
    (.add, [127, -128, -128, 9, -5, 5, -9, 5, -1, 3]),
    (.subtract, [-127, 126, -128, 5, -9, 9, -5, 5, 1, -3]),
    (.multiply, [-128, 127, 0, 14, -14, -14, 14, 0, -128, 0]),
    (.floorDivide, [-128, 127, 0, 3, -4, -4, 3, 0, -2, 0]),
    (.remainder, [0, 0, 0, 1, 1, -1, -1, 0, 126, 0]),
    (.fmod, [0, 0, 0, 1, -1, 1, -1, 0, -1, 0]),
    (.maximum, [-1, 127, 0, 7, 2, 7, -2, 5, 127, 3]),
    (.leftShift, [0, -2, -128, 28, -28, 0, 0, 5, 0, 0]),
    (.rightShift, [-1, 63, -128, 1, -2, 0, -1, 5, -1, 0]),
  ]

  @Test(arguments: integers)
  func integersWrapAndDivideByZero(operation: ElementwiseOperation, expected: [Int8]) {
    let a = Tensor([-128, 127, -128, 7, -7, 7, -7, 5, -128, 0] as [Int8])
    let b = Tensor([-1, 1, 0, 2, 2, -2, -2, 0, 127, 3] as [Int8])
    #expect(run(operation, a, b).values() == expected)
  }

  @Test func leastIntegersHaveNoOpposite() {
    let input = Tensor([.min, .max, 0, -7] as [Int64])
    #expect(run(.absolute, input).values(Int64.self) == [.min, .max, 0, 7])
    #expect(run(.negative, input).values(Int64.self) == [.min, -.max, 0, 7])
    #expect(run(.sign, input).values(Int64.self) == [-1, 1, 0, -1])
    #expect(
      run(.power, Tensor([3, 2, 200] as [UInt8]), Tensor([5, 9, 2] as [UInt8])).values(UInt8.self) == [243, 0, 64])
  }

  @Test func boolsAreLogical() {
    let (a, b) = (Tensor([0, 0, 1, 1] as [UInt8], as: .bool), Tensor([0, 1, 0, 1] as [UInt8], as: .bool))
    let table: [(ElementwiseOperation, [UInt8])] = [
      (.add, [0, 1, 1, 1]), (.multiply, [0, 0, 0, 1]), (.less, [0, 1, 0, 0]), (.lessEqual, [1, 1, 0, 1]),
      (.greater, [0, 0, 1, 0]), (.greaterEqual, [1, 0, 1, 1]), (.equal, [1, 0, 0, 1]), (.bitwiseXor, [0, 1, 1, 0]),
    ]
    for (operation, expected) in table { #expect(run(operation, a, b).values() == expected, "\(operation)") }
    #expect(run(.invert, a).values(UInt8.self) == [1, 1, 0, 0])
    #expect(ElementwiseOperation.subtract.resultType(.bool) == nil)
  }

  @Test func complexNumbers() {
    let pairs: ([Double]) -> Tensor = { values in
      Tensor(.complex128, [values.count / 2], strides: [16], offset: 0, storage: Tensor(values).storage)
    }
    let (a, b) = (pairs([3, 4, 1, -1]), pairs([1, 2, 0, 2]))
    #expect(run(.multiply, a, b).bothParts.values(Double.self) == [-5, 10, 2, 2])
    #expect(run(.divide, a, b).bothParts.values(Double.self) == [2.2, -0.4, -0.5, -0.5])
    #expect(run(.absolute, a).values(Double.self) == [5, 2.0.squareRoot()])
    #expect(run(.conjugate, a).bothParts.values(Double.self) == [3, -4, 1, 1])
    #expect(run(.imag, a).values(Double.self) == [4, -1])
    #expect(run(.notEqual, a, b).values(UInt8.self) == [1, 1])
  }

  @Test func choosesAndClips() {
    let condition = Tensor([1, 0, 1] as [UInt8], as: .bool)
    #expect(
      run(.where, condition, Tensor([1, 2, 3] as [Int32]), Tensor([7, 8, 9] as [Int32])).values() == [1, 8, 3 as Int32])
    let (low, high) = (Tensor([0, 0, 0] as [Float]), Tensor([2, 2, .nan] as [Float]))
    #expect(areSame(run(.clip, Tensor([-1, .nan, 1] as [Float]), low, high).values(), [0, .nan, .nan as Float]))
  }

  @Test(arguments: [[], [7], [3, 400], [300, 3], [2, 1, 1100], [4, 7, 6]])
  func stridesDoNotMatter(shape: [Int]) {
    for a in Tensor.views(.int16, shape, seed: 1) {
      for b in Tensor.views(.int16, shape, seed: 2) {
        let expected = zip(a.values(Int16.self), b.values(Int16.self)).map { $0 - $1 }
        for output in Tensor.views(.int16, shape, seed: 3).prefix(4) {
          ElementwiseOperation.subtract.apply([a, b], into: output)
          #expect(output.values(Int16.self) == expected)
        }
      }
    }
  }

  @Test func everyOperationHasALoopForEachTypeItNames() {
    for operation in ElementwiseOperation.allCases {
      for type in CastTests.numbers {
        guard let result = operation.resultType(type) else { continue }
        var inputs = (0..<operation.inputCount).map { Tensor.numbered(type, [9], $0) }
        if operation == .where { inputs[0] = Tensor.numbered(.bool, [9], 1) }
        let output = Tensor(result, [9])
        operation.apply(inputs, into: output)  // an assertion fails where there is none
      }
    }
  }

  private func run(_ operation: ElementwiseOperation, _ inputs: Tensor...) -> Tensor {
    guard let type = operation.resultType(inputs[inputs.count - 1].elementType) else { preconditionFailure() }
    let output = Tensor(type, inputs[0].shape)
    operation.apply(inputs, into: output)
    return output
  }
}
