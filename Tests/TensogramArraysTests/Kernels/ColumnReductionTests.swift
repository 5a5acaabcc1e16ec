import Testing

@testable import TensogramArrays

/// Reductions of many columns at once, against plain loops over each.
@Suite struct ColumnReductionTests {
  /// Around what a patch holds and what the loops take at a time.
  static let shapes: [[Int]] = [
    [1, 3], [2, 2047], [3, 2048], [7, 2049], [8, 64], [63, 5], [64, 2], [65, 130], [130, 17],
  ]

  enum Values: CaseIterable {
    /// 1 apart, with an offset that a sum of squares would not survive.
    case far
    /// Of few values, so that most extremes are there more than once.
    case tied
    /// Tied, and some are missing: a whole row, a whole column and single ones.
    case holed
    case infinite

    func number(_ row: Int, _ column: Int, _ generator: inout SeededNumbers) -> Double {
      let tied = Double(Int.random(in: -2...2, using: &generator))
      switch self {
      case .far: return 1e6 + Double(Int.random(in: -8...8, using: &generator)) / 8
      case .tied: return tied
      case .holed: return row == 1 || column == 1 || Int.random(in: 0..<5, using: &generator) == 0 ? .nan : tied
      case .infinite: return tied == 2 ? .infinity : tied == -2 && column % 2 == 0 ? -.infinity : tied
      }
    }

    func array(_ shape: [Int]) -> PlainArray {
      var generator = SeededNumbers(5)
      return PlainArray(shape) { number($0[0], $0[1], &generator) }
    }
  }

  @Test(arguments: shapes, Values.allCases)
  func moments(shape: [Int], values: Values) {
    for (input, plain) in inputs(values.array(shape)) {
      for operation in [ReductionOperation.variance, .standardDeviation, .nanmean, .nanvar, .nanstd] {
        let expected = plain.reduced([0]) { Self.moment(operation, $0) }.numbers
        for rows in [1, 3, 8, 200] {
          let results = reduce(operation, input, rows: rows, as: .float64)
          let isClose = zip(results, expected).allSatisfy { a, b in
            a == b || a.isNaN && b.isNaN || abs(a - b) <= 1e-12 * max(abs(b), 1)
          }
          #expect(isClose, "\(operation) of \(values), \(input.elementType), \(rows) rows at a time")
        }
      }
    }
  }

  @Test(arguments: shapes, Values.allCases)
  func indicesOfExtremes(shape: [Int], values: Values) {
    for (input, plain) in inputs(values.array(shape)) {
      for operation in [ReductionOperation.argmin, .argmax, .nanargmin, .nanargmax] {
        let expected = plain.reduced([0]) { Self.firstExtreme(operation, $0) }.numbers
        for rows in [1, 3, 8, 200] {
          let results = reduce(operation, input, rows: rows, as: .int64)
          #expect(results == expected, "\(operation) of \(values), \(input.elementType), \(rows) rows at a time")
          #expect(reduce(operation, input, rows: rows, as: .int64, isBackwards: true) == expected)
        }
      }
    }
  }

  @Test(arguments: [ElementType.bool, .int8, .uint8, .int16, .uint32, .int64, .float16])
  func indicesOfExtremesOfEveryWidth(type: ElementType) {
    let numbers = PlainArray([130, 70], seed: 3)
    let input = Tensor(type, numbers.shape)
    let few = Tensor(numbers.numbers.map { Int8($0.magnitude.truncatingRemainder(dividingBy: 2)) }, numbers.shape)
    Cast.apply(few, into: input)
    let plain = PlainArray(numbers.shape) { Double(few[$0] as Int8) }
    for operation in [ReductionOperation.argmin, .argmax] {
      let expected = plain.reduced([0]) { Self.firstExtreme(operation, $0) }.numbers
      #expect(reduce(operation, input, rows: 50, as: .int64) == expected)
    }
  }

  /// All values equal: not the least deviation, in whatever parts.
  @Test(arguments: [1, 3, 7, 64])
  func constantsDoNotVary(rows: Int) {
    let input = Tensor([Float](repeating: 273.15, count: 100 * 20), [100, 20])
    #expect(reduce(.standardDeviation, input, rows: rows, as: .float64) == [Double](repeating: 0, count: 20))
  }
}

extension ColumnReductionTests {
  /// In float32 and float64, in memory that lies in several ways.
  private func inputs(_ plain: PlainArray) -> [(Tensor, PlainArray)] {
    [ElementType.float32, .float64].flatMap { type in
      let tensor = Tensor(type, plain.shape)
      Cast.apply(Tensor(plain.numbers, plain.shape), into: tensor)
      let turned = Tensor(type, plain.shape.reversed()).permuted([1, 0])
      Copy.apply(tensor, into: turned)
      let backwards = PlainArray(plain.shape) { plain[[plain.shape[0] - 1 - $0[0], plain.shape[1] - 1 - $0[1]]] }
      return [(tensor, plain), (turned, plain), (tensor.reversed(0).reversed(1), backwards)]
    }
  }

  /// By blocks of some rows, of which every third has a state of its own that is merged.
  private func reduce(
    _ operation: ReductionOperation, _ input: Tensor, rows: Int, as type: ElementType, isBackwards: Bool = false
  ) -> [Double] {
    let make = { operation.makeState(input: input.elementType, shape: [input.shape[1]], reducing: [input.shape[0]]) }
    let total = make()
    let starts = Array(stride(from: 0, to: input.shape[0], by: rows))
    for (number, start) in (isBackwards ? starts.reversed() : starts).enumerated() {
      let state = number % 3 == 2 ? make() : total
      let block = input[[start..<min(start + rows, input.shape[0]), 0..<input.shape[1]]]
      state.accumulate(block, axes: [0], origin: [start])
      if state !== total { total.merge(state) }
    }
    let (result, doubles) = (Tensor(type, total.shape), Tensor(.float64, total.shape))
    total.finish(into: result)
    Cast.apply(result, into: doubles)
    return doubles.values()
  }

  private static func moment(_ operation: ReductionOperation, _ elements: [Double]) -> Double {
    let present = operation.skipsMissing ? elements.filter { !$0.isNaN } : elements
    let count = Double(present.count)
    let mean = present.reduce(0, +) / count
    if operation == .nanmean { return mean }
    let variance = present.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
    return operation == .variance || operation == .nanvar ? variance : variance.squareRoot()
  }

  /// -1 where all are missing.
  private static func firstExtreme(_ operation: ReductionOperation, _ elements: [Double]) -> Double {
    if !operation.skipsMissing, let missing = elements.firstIndex(where: \.isNaN) { return Double(missing) }
    let present = elements.filter { !$0.isNaN }
    let isLeast = operation == .argmin || operation == .nanargmin
    guard let extreme = isLeast ? present.min() : present.max() else { return -1 }
    return Double(elements.firstIndex(of: extreme)!)
  }
}
