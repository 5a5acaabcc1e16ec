import Testing

@testable import TensogramArrays

/// Random numbers that are the same in every run (SplitMix64).
struct SeededNumbers: RandomNumberGenerator {
  var state: UInt64

  init(_ seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var word = state
    word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
    return word ^ (word >> 31)
  }
}

/// A plain array in C order, computed with loops: what lazy arrays are compared with.
struct PlainArray: Equatable {
  var shape: [Int]
  var numbers: [Double]

  init(_ shape: [Int], _ number: ([Int]) -> Double) {
    self.shape = shape
    numbers = []
    forEachIndex(shape.map { 0..<$0 }) { numbers.append(number($0)) }
  }

  init(_ shape: [Int], seed: UInt64) {
    var generator = SeededNumbers(seed)
    self.init(shape) { _ in Double(Int.random(in: -1000...1000, using: &generator)) / 8 }
  }

  subscript(index: [Int]) -> Double {
    var number = 0
    for (position, length) in zip(index, shape) { number = number * length + position }
    return numbers[number]
  }

  /// The elements along `axes`, for each index along the others.
  func reduced(_ axes: [Int], _ operation: ([Double]) -> Double) -> PlainArray {
    let kept = shape.indices.filter { !axes.contains($0) }
    return PlainArray(kept.map { shape[$0] }) { index in
      var elements: [Double] = []
      forEachIndex(axes.map { 0..<shape[$0] }) { inner in
        var whole = [Int](repeating: 0, count: shape.count)
        for (axis, position) in zip(kept, index) { whole[axis] = position }
        for (axis, position) in zip(axes, inner) { whole[axis] = position }
        elements.append(self[whole])
      }
      return operation(elements)
    }
  }

  var lazy: LazyArray {
    get throws { try LazyArray(Tensor(numbers, shape: shape)) }
  }

  func lazy(_ chunks: [[Int]]) throws -> LazyArray {
    try LazyArray(Tensor(numbers, shape: shape), grid: ChunkGrid(chunks.map { AxisChunks(sizes: $0) }))
  }
}

/// Computes `array` on one and on two threads, which must agree to the bit, and compares it with `expected`.
func expect(
  _ array: LazyArray, equals expected: PlainArray, within tolerance: Double = 0,
  at location: SourceLocation = #_sourceLocation
) throws {
  var one = ComputeOptions()
  one.threads = 1
  var two = one
  two.threads = 2
  let result = try array.compute(one)
  #expect(result.shape == expected.shape, sourceLocation: location)
  #expect(array.shape == expected.shape, sourceLocation: location)
  let numbers = result.numbers
  #expect(try array.compute(two).numbers.map(\.bitPattern) == numbers.map(\.bitPattern), sourceLocation: location)
  guard numbers.count == expected.numbers.count else { return }
  let worst = zip(numbers, expected.numbers).map { abs($0 - $1) / max(1, abs($1)) }.max() ?? 0
  #expect(worst <= tolerance, sourceLocation: location)
}
