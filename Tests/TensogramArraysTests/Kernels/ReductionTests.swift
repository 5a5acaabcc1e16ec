import Testing

@testable import TensogramArrays

/// Expected values are those of numpy 2.4, or of a plain loop.
@Suite struct ReductionTests {
  static let shapes: [[Int]] = [[7], [5, 40], [40, 5], [70, 9, 3], [2, 3, 4, 5]]

  /// Every set of axes, in blocks and whole, of memory that lies in every way, against sums by a plain loop.
  @Test(arguments: shapes)
  func sumsOverAllAxesOfAllViews(shape: [Int]) {
    for input in Tensor.views(.float32, shape) {
      for axes in subsets(shape.count) {
        let expected = fold(input, axes, 0) { $0 + $1 }
        #expect(reduce(.sum, input, axes).map { Double($0) } == expected)
        #expect(reduceInParts(.sum, input, axes).map { Double($0) } == expected)
        let greatest = fold(input, axes, -.infinity) { max($0, $1) }
        #expect(reduceInParts(.max, input, axes).map { Double($0) } == greatest)
      }
    }
  }

  /// Long enough for several patches either way.
  @Test(arguments: [[70, 600], [2, 5000]])
  func sumsOfLongAxes(shape: [Int]) {
    let input = Tensor.numbered(.float32, shape, 1)
    for view in [input, input.permuted([1, 0])] {
      for axes in [[0], [1]] {
        #expect(reduce(.sum, view, axes) == fold(view, axes, 0) { $0 + $1 }.map { Int($0) })
      }
    }
  }

  static let operations: [(ReductionOperation, Double)] = [
    (.sum, 21), (.prod, 0), (.min, 0), (.max, 9), (.mean, 3.5), (.variance, 8.916666666666666),
    (.standardDeviation, 2.9860788111948193), (.any, 1), (.all, 0), (.countNonzero, 5), (.argmin, 2), (.argmax, 1),
  ]

  @Test(arguments: CastTests.numbers)
  func everyTypeIsReduced(type: ElementType) {
    let numbers = Tensor([5, 9, 0, 1, 4, 2] as [Int8])
    let input = Tensor(type, [6])
    Cast.apply(numbers, into: input)
    for (operation, expected) in Self.operations {
      guard let result = operation.resultType(type), type != .bool else { continue }
      let output = reduce(operation, input, [0], as: .float64, from: result)
      #expect(abs(output[0] - expected) <= (result.size == 2 ? 0.02 : 1e-6) * expected, "\(operation) of \(type)")
    }
  }

  @Test func typesOfResults() {
    #expect(ReductionOperation.sum.resultType(.bool) == .int64 && ReductionOperation.sum.resultType(.uint8) == .uint64)
    #expect(ReductionOperation.mean.resultType(.int32) == .float64)
    #expect(ReductionOperation.mean.resultType(.float16) == .float16)
    #expect(ReductionOperation.variance.resultType(.complex64) == .float32)
    #expect(ReductionOperation.min.resultType(.bool) == .bool && ReductionOperation.argmin.resultType(.int8) == .int64)
    #expect(ReductionOperation.sum.resultType(.object) == nil)
  }

  static let missing: [(ReductionOperation, [Double])] = [
    (.sum, [.nan, .nan]), (.min, [.nan, .nan]), (.max, [.nan, .nan]), (.mean, [.nan, .nan]), (.variance, [.nan, .nan]),
    (.argmin, [1, 0]), (.argmax, [1, 0]), (.countNonzero, [4, 4]), (.any, [1, 1]),
    (.nansum, [6, 0]), (.nanprod, [6, 1]), (.nanmin, [1, .nan]), (.nanmax, [3, .nan]), (.nanmean, [2, .nan]),
    (.nanvar, [2.0 / 3, .nan]), (.nanstd, [(2.0 / 3).squareRoot(), .nan]),
  ]

  @Test(arguments: missing)
  func missingValues(operation: ReductionOperation, expected: [Double]) {
    let values: [Double] = [3, .nan, 1, 2, .nan, .nan, .nan, .nan]
    for input in [Tensor(values, [2, 4]), transposed(values, 2, 4)] {
      #expect(areSame(reduce(operation, input, [1], as: .float64), expected, within: 1))
      #expect(areSame(reduceInParts(operation, input, [1], as: .float64), expected, within: 1))
    }
  }

  @Test func indicesOfExtremesAreThoseOfTheFirst() {
    let input = Tensor([4, 1, 9, 1, 9, 9] as [Int32], [2, 3])
    for view in [input, transposed(input.values(Int32.self), 2, 3)] {
      #expect(reduce(.argmin, view, [0, 1]) == [1])
      #expect(reduce(.argmax, view, [0, 1]) == [2])
      #expect(reduce(.argmax, view, [0]) == [0, 1, 0])
      #expect(reduce(.argmin, view, [1]) == [1, 0])
    }
    // Of parts that come in another order the first index counts all the same.
    let state = ReductionOperation.argmax.makeState(input: .int32, shape: [], reducing: [4])
    let values = Tensor([5, 7, 7, 7] as [Int32])
    for range in [2..<4, 1..<2, 0..<1] { state.accumulate(values[[range]], axes: [0], origin: [range.lowerBound]) }
    #expect(finish(state, [], .int64) == [1])
  }

  @Test func indexOfAnExtremeThatIsMissing() {
    let input = Tensor([.nan, 2, .nan, .nan, .nan, .nan] as [Float], [2, 3])
    let state = ReductionOperation.nanargmax.makeState(input: .float32, shape: [2], reducing: [3])
    state.accumulate(input, axes: [1], origin: [0])
    #expect(state.lacksValues)
    let present = ReductionOperation.nanargmax.makeState(input: .float32, shape: [1], reducing: [3])
    present.accumulate(input[[0..<1, 0..<3]], axes: [1], origin: [0])
    #expect(!present.lacksValues && finish(present, [1], .int64) == [1])
  }

  @Test func sumsOfNothing() {
    let input = Tensor(.float32, [0, 3])
    #expect(reduce(.sum, input, [0]).map { Double($0) } == [0, 0, 0])
    #expect(reduce(.prod, input, [0]).map { Double($0) } == [1, 1, 1])
    #expect(reduce(.mean, input, [0], as: .float64).allSatisfy { $0.isNaN })
  }

  @Test func integersWrapAroundAt64Bits() {
    let input = Tensor([Int64.max, 1])
    let state = ReductionOperation.sum.makeState(input: .int64, shape: [], reducing: [2])
    state.accumulate(input, axes: [0], origin: [0])
    let output = Tensor(.int64, [])
    state.finish(into: output)
    #expect(output.values() == [Int64.min])
    #expect(reduce(.sum, Tensor(Array(repeating: Int8.min, count: 1000)), [0]) == [-128_000])
  }

  /// float32 near 16 million, where neighbours are 1 apart: a naive sum in float32 is off by thousands.
  @Test func meansAndVariancesAreExact() {
    let values = (0..<100_000).map { Float(16_000_000 + $0 % 3) }
    for (shape, axes) in [([100_000], [0]), ([1000, 100], [0, 1])] {
      let input = Tensor(values, shape)
      #expect(reduceInParts(.mean, input, axes, as: .float64) == [Double(Float(16_000_000.99999))])
      let variance = reduceInParts(.variance, input, axes, as: .float64, from: .float32)[0]
      #expect(abs(variance - 0.66667) < 1e-6)
    }
    let columns = reduce(.variance, Tensor(values, [1000, 100]), [0], as: .float64)
    #expect(columns.allSatisfy { abs($0 - 0.6667) < 1e-3 })
  }

  /// One state for several operations gives what a state for each gives, with and without missing values.
  @Test(arguments: SummaryState.families, [ElementType.float16, .float32, .float64])
  func oneStateServesSeveral(family: [ReductionOperation], type: ElementType) throws {
    let (whole, holed) = (Tensor.numbered(type, [70, 200], 1), Tensor.numbered(type, [70, 200], 1))
    let missing = Tensor(type, [])
    Cast.apply(Tensor([Float.nan], []), into: missing)
    for (row, column) in [(0, 3), (5, 77), (69, 199)] {
      Copy.apply(missing.broadcast(to: [1, 1]), into: holed[[row..<row + 1, column..<column + 1]])
    }
    Copy.apply(missing.broadcast(to: [1, 200]), into: holed[[8..<9, 0..<200]])
    for input in [whole, holed, holed.permuted([1, 0])] {
      for axes in [[0], [1], [0, 1]] {
        let kept = [0, 1].filter { !axes.contains($0) }.map { input.shape[$0] }
        let makeShared = {
          ReductionOperation.makeState(
            for: family, input: type, shape: kept, reducing: axes.map { input.shape[$0] })
        }
        let (shared, later) = (try #require(makeShared()), try #require(makeShared()))
        let half = input.shape[axes[0]] / 2
        for (state, range) in [(shared, 0..<half), (later, half..<input.shape[axes[0]])] {
          var region = input.shape.map { 0..<$0 }
          region[axes[0]] = range
          state.accumulate(input[region], axes: axes, origin: axes.map { region[$0].lowerBound })
        }
        shared.merge(later)
        for operation in family {
          let (result, doubles) = (Tensor(type, kept), Tensor(.float64, kept))
          shared.finish(operation, into: result, ddof: 0)
          Cast.apply(result, into: doubles)
          let alone = reduce(operation, input, axes, as: .float64)
          let isClose = zip(doubles.values(Double.self), alone).allSatisfy { a, b in
            a.isNaN ? b.isNaN : a == b || abs(a - b) <= (type.size == 2 ? 1e-2 : 1e-6) * abs(b)
          }
          #expect(isClose, "\(operation) of \(type) over \(axes)")
        }
      }
    }
  }

  @Test(arguments: SummaryState.families, [[0], [1], [0, 1]])
  func aCommonStateOfAnyTwoMakesBoth(family: [ReductionOperation], axes: [Int]) {
    let input = Tensor.numbered(.float64, [40, 70], 3)
    let kept = [0, 1].filter { !axes.contains($0) }.map { input.shape[$0] }
    for first in family {
      for second in family where second != first {
        let state = ReductionOperation.makeState(
          for: [first, second], input: .float64, shape: kept, reducing: axes.map { input.shape[$0] })!
        state.accumulate(input, axes: axes, origin: axes.map { _ in 0 })
        for operation in [first, second] {
          let output = Tensor(.float64, kept)
          state.finish(operation, into: output, ddof: 0)
          #expect(areSame(output.values(), reduce(operation, input, axes, as: .float64), within: 4))
        }
      }
    }
  }

  @Test func whatHasNoCommonState() {
    let make = { (operations: [ReductionOperation], type: ElementType) in
      ReductionOperation.makeState(for: operations, input: type, shape: [], reducing: [3]) == nil
    }
    #expect(make([.mean, .nanmin], .float32) && make([.mean, .min], .int32) && make([.mean], .float32))
    #expect(make([.mean, .argmin], .float64) && make([.mean, .variance], .complex64))
  }

  @Test func infinitiesOfBothSignsAreNotMissing() {
    let input = Tensor([.infinity, 1, -.infinity, 2] as [Float])
    for family in SummaryState.families {
      let state = ReductionOperation.makeState(for: family, input: .float32, shape: [], reducing: [4])!
      state.accumulate(input, axes: [0], origin: [0])
      let results = family.map { operation in
        let output = Tensor(.float32, [])
        state.finish(operation, into: output, ddof: 0)
        return output.values(Float.self)[0]
      }
      #expect(results[0].isNaN && results[1].isNaN && results[4] == -.infinity && results[5] == .infinity)
    }
  }

  @Test func degreesOfFreedom() {
    let input = Tensor([1, 2, 4] as [Double])
    #expect(abs(reduce(.variance, input, [0], as: .float64, ddof: 1)[0] - 7.0 / 3) < 1e-15)
    #expect(reduce(.variance, input, [0], as: .float64, ddof: 3) == [.infinity])
    #expect(reduce(.nanvar, input, [0], as: .float64, ddof: 3)[0].isNaN)
  }

  @Test func complexNumbers() {
    let parts = Tensor([1, 2, 3, -4, 5, 8] as [Double])
    let input = Tensor(.complex128, [3], strides: [16], offset: 0, storage: parts.storage)
    let output = Tensor(.complex128, [])
    for (operation, expected) in [(ReductionOperation.sum, [9.0, 6]), (.mean, [3, 2])] {
      let state = operation.makeState(input: .complex128, shape: [], reducing: [3])
      state.accumulate(input, axes: [0], origin: [0])
      state.finish(into: output)
      #expect(output.bothParts.values() == expected)
    }
    // numpy.var([1+2j, 3-4j, 5+8j])
    #expect(abs(reduce(.variance, input, [0], as: .float64)[0] - 80.0 / 3) < 1e-13)
  }
}

// Reductions, and their oracle.
extension ReductionTests {
  private func reduce(
    _ operation: ReductionOperation, _ input: Tensor, _ axes: [Int], as type: ElementType,
    from result: ElementType? = nil,
    ddof: Double = 0
  ) -> [Double] {
    let state = makeState(operation, input, axes)
    state.accumulate(input, axes: axes, origin: axes.map { _ in 0 })
    return finish(state, state.shape, result ?? operation.resultType(input.elementType)!, ddof)
  }

  private func reduce(_ operation: ReductionOperation, _ input: Tensor, _ axes: [Int]) -> [Int] {
    reduce(operation, input, axes, as: .float64).map { Int($0) }
  }

  /// By blocks, of which every third has a state of its own that is merged.
  private func reduceInParts(
    _ operation: ReductionOperation, _ input: Tensor, _ axes: [Int], as type: ElementType,
    from result: ElementType? = nil
  ) -> [Double] {
    let total = makeState(operation, input, axes)
    for (number, corner) in Tensor(.bool, input.shape.map { ($0 + 2) / 3 }).indices.enumerated() {
      let region = zip(corner, input.shape).map { $0 * 3..<min($0 * 3 + 3, $1) }
      guard number < 500 else { break }
      let whole = input.count < 4500 ? region : input.shape.map { 0..<$0 }
      let origin = axes.map { whole[$0].lowerBound }
      let position = whole.indices.filter { !axes.contains($0) }.map { whole[$0].lowerBound }
      let state = number % 3 == 2 ? makeState(operation, input, axes) : total
      state.accumulate(input[whole], axes: axes, origin: origin, at: position)
      if state !== total { total.merge(state) }
      if whole != region { break }
    }
    return finish(total, total.shape, result ?? operation.resultType(input.elementType)!)
  }

  private func reduceInParts(_ operation: ReductionOperation, _ input: Tensor, _ axes: [Int]) -> [Int] {
    reduceInParts(operation, input, axes, as: .float64).map { Int($0) }
  }

  private func makeState(_ operation: ReductionOperation, _ input: Tensor, _ axes: [Int]) -> ReductionState {
    let kept = input.shape.indices.filter { !axes.contains($0) }
    return operation.makeState(
      input: input.elementType, shape: kept.map { input.shape[$0] }, reducing: axes.map { input.shape[$0] })
  }

  private func finish(_ state: ReductionState, _ shape: [Int], _ type: ElementType, _ ddof: Double = 0) -> [Double] {
    let result = Tensor(type, shape)
    state.finish(into: result, ddof: ddof)
    let doubles = Tensor(.float64, shape)
    Cast.apply(result, into: doubles)
    return doubles.values()
  }

  private func fold(
    _ input: Tensor, _ axes: [Int], _ start: Double, _ combine: (Double, Double) -> Double
  ) -> [Double] {
    let kept = input.shape.indices.filter { !axes.contains($0) }
    var results: [[Int]: Double] = [:]
    for index in input.indices {
      let value: Float = input[index]
      results[kept.map { index[$0] }, default: start] = combine(results[kept.map { index[$0] }] ?? start, Double(value))
    }
    return Tensor(.bool, kept.map { input.shape[$0] }).indices.map { results[$0]! }
  }

  private func subsets(_ count: Int) -> [[Int]] {
    (0..<1 << count).map { set in (0..<count).filter { set >> $0 & 1 == 1 } }
  }

  /// The same elements, with the memory of each column together.
  private func transposed<Element: TensorElement>(_ values: [Element], _ rows: Int, _ columns: Int) -> Tensor {
    let turned = (0..<columns).flatMap { column in (0..<rows).map { values[$0 * columns + column] } }
    return Tensor(turned, [columns, rows]).permuted([1, 0])
  }
}
