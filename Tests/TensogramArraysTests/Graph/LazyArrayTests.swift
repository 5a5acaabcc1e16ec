import Testing

@testable import TensogramArrays

/// Lazy arrays against loops over plain ones, in uneven blocks that do not match.
@Suite struct LazyArrayTests {
  let plain = PlainArray([5, 6, 4], seed: 1)
  let other = PlainArray([5, 6, 4], seed: 2)

  var first: LazyArray { get throws { try plain.lazy([[2, 0, 3], [1, 4, 1], [4]]) } }
  var second: LazyArray { get throws { try other.lazy([[4, 1], [3, 3], [1, 3]]) } }

  @Test func computesElementwiseOnGridsThatDiffer() throws {
    let sum = try first * second + first
    try expect(sum, equals: PlainArray(plain.shape) { plain[$0] * other[$0] + plain[$0] })
  }

  @Test func broadcasts() throws {
    let row = PlainArray([6, 1], seed: 3)
    let result = try first - row.lazy([[5, 1], [1]])
    try expect(result, equals: PlainArray(plain.shape) { plain[$0] - row[[$0[1], 0]] })
    #expect(throws: ArrayError.self) { try LazyArray.elementwise(.add, first, PlainArray([5], seed: 4).lazy) }
  }

  @Test(arguments: [[0], [1], [2], [0, 2], [0, 1, 2], []])
  func reduces(_ axes: [Int]) throws {
    let array = try first
    try expect(try array.sum(along: axes), equals: plain.reduced(axes) { $0.reduce(0, +) }, within: 1e-14)
    try expect(try array.mean(along: axes), equals: plain.reduced(axes, mean), within: 1e-14)
    try expect(try array.std(along: axes), equals: plain.reduced(axes, deviation), within: 1e-13)
    try expect(try array.min(along: axes), equals: plain.reduced(axes) { $0.min() ?? .nan })
    try expect(try array.max(along: axes), equals: plain.reduced(axes) { $0.max() ?? .nan })
  }

  @Test func usesReductionsFurther() throws {
    let average = try first.reduced(.mean, along: [0], keepsAxes: true)
    let anomaly = try first - average
    let means = plain.reduced([0], mean)
    let expected = PlainArray(plain.shape) { plain[$0] - means[[$0[1], $0[2]]] }
    try expect(anomaly, equals: expected, within: 1e-13)
    // What is kept for others and also wanted itself.
    let both = try LazyArray.compute([average, anomaly, average.max()])
    #expect(zip(both[0].numbers, means.numbers).allSatisfy { abs($0 - $1) < 1e-12 })
    #expect(both[2].numbers[0] == both[0].numbers.max())
    try expect(try anomaly.std(), equals: expected.reduced([0, 1, 2], deviation), within: 1e-13)
    // Within one block, where nothing is computed beforehand.
    let inner = try first.reduced(.max, along: [2], keepsAxes: true)
    let largest = plain.reduced([2]) { $0.max() ?? .nan }
    try expect(try first - inner, equals: PlainArray(plain.shape) { plain[$0] - largest[[$0[0], $0[1]]] })
  }

  @Test func computesSeveralTogether() throws {
    let array = try first
    let results = try LazyArray.compute([array.sum(), array, array.max(along: [1]), array.sum()])
    #expect(results[1].numbers == plain.numbers)
    #expect(results[2].numbers == plain.reduced([1]) { $0.max() ?? .nan }.numbers)
    #expect(results[0].numbers == results[3].numbers)
  }

  @Test func selects() throws {
    let region = Region([.init(start: 4, step: -2, count: 3), .init(start: 1, step: 3, count: 2), .init(0..<3)])
    let part = try first.selecting(region)
    #expect(part.grid.axes.map(\.sizes) == [[2, 1], [2], [3]])
    try expect(part, equals: PlainArray([3, 2, 3]) { plain[[4 - 2 * $0[0], 1 + 3 * $0[1], $0[2]]] })
    try expect(
      try (first + second)[1..<3, 0..<6, 2..<4],
      equals: PlainArray([2, 6, 2]) { index in
        plain[[index[0] + 1, index[1], index[2] + 2]] + other[[index[0] + 1, index[1], index[2] + 2]]
      })
    #expect(throws: ArrayError.self) { try first[0..<6, 0..<6, 0..<4] }
    #expect(throws: ArrayError.self) { try first[0..<5] }
  }

  @Test func takes() throws {
    let indices = [5, 0, 0, 3, 5, 1, 2]
    let taken = try first.taking(indices, along: 1)
    #expect(taken.grid.axes[1].sizes == [4, 3])
    try expect(taken, equals: PlainArray([5, 7, 4]) { plain[[$0[0], indices[$0[1]], $0[2]]] })
    #expect(throws: ArrayError.self) { try first.taking([6], along: 1) }
  }

  @Test func turnsExpandsAndBroadcasts() throws {
    try expect(try first.permuted([2, 0, 1]), equals: PlainArray([4, 5, 6]) { plain[[$0[1], $0[2], $0[0]]] })
    try expect(
      try first.expanded(at: 1).broadcast(to: [5, 3, 6, 4]),
      equals: PlainArray([5, 3, 6, 4]) { plain[[$0[0], $0[2], $0[3]]] })
  }

  @Test(arguments: [[30, 4], [120], [4, 5, 6], [5, 2, 3, 4], [1, 5, 24, 1], [10, 12], [3, 2, 5, 4]])
  func reshapes(_ shape: [Int]) throws {
    let reshaped = try first.reshaped(shape)
    try expect(
      reshaped,
      equals: PlainArray(shape) { index in
        var number = 0
        for (position, length) in zip(index, shape) { number = number * length + position }
        return plain.numbers[number]
      })
    try expect(try reshaped.reshaped(plain.shape), equals: plain)
    #expect(throws: ArrayError.self) { try first.reshaped([7]) }
  }

  @Test func concatenatesAndStacks() throws {
    let joined = try LazyArray.concatenated([first, second, first], along: 1)
    #expect(joined.grid.axes[1].sizes == [1, 4, 1, 3, 3, 1, 4, 1])
    try expect(
      joined,
      equals: PlainArray([5, 18, 4]) { index in
        (index[1] / 6 == 1 ? other : plain)[[index[0], index[1] % 6, index[2]]]
      })
    try expect(
      try LazyArray.stacked([first, second], along: 2),
      equals: PlainArray([5, 6, 2, 4]) { index in
        (index[2] == 1 ? other : plain)[[index[0], index[1], index[3]]]
      })
  }

  @Test func scans() throws {
    try expect(
      try first.scanned(.cumsum, along: 1),
      equals: PlainArray(plain.shape) { index in
        (0...index[1]).reduce(0) { $0 + plain[[index[0], $1, index[2]]] }
      }, within: 1e-13)
    try expect(
      try first.scanned(.maximum, along: 0).sum(along: [0]),
      equals: PlainArray([6, 4]) { index in
        (0..<5).reduce(0) { sum, end in sum + ((0...end).map { plain[[$0, index[0], index[1]]] }.max() ?? 0) }
      }, within: 1e-13)
  }

  @Test func slidesWindows() throws {
    let windows = LazyArray(try first.node.windows([1], [3]))
    try expect(windows, equals: PlainArray([5, 4, 4, 3]) { plain[[$0[0], $0[1] + $0[3], $0[2]]] })
    try expect(
      try windows.mean(along: [3]),
      equals: PlainArray([5, 4, 4]) { index in
        mean((0..<3).map { plain[[index[0], index[1] + $0, index[2]]] })
      }, within: 1e-14)
  }

  @Test func assigns() throws {
    let value = PlainArray([2, 1, 4], seed: 9)
    let target = Region([.init(start: 3, step: -2, count: 2), .init(1..<4), .init(0..<4)])
    let assigned = LazyArray(try first.node.assigning(value.lazy.node, to: target))
    try expect(
      assigned,
      equals: PlainArray(plain.shape) { index in
        guard index[0] == 3 || index[0] == 1, (1..<4).contains(index[1]) else { return plain[index] }
        return value[[index[0] == 3 ? 0 : 1, 0, index[2]]]
      })
    let put = LazyArray(try first.node.putting(value.lazy.node.reshaped([2, 4]), at: [4, 4], axis: 1))
    #expect(put.shape == plain.shape)
  }

  @Test func emptyArraysAreNoSpecialCase() throws {
    let empty = try PlainArray([0, 3]) { _ in 0 }.lazy
    #expect(try empty.sum().compute().numbers == [0])
    #expect(try empty.sum(along: [1]).compute().numbers == [])
    #expect(try (empty + empty).reshaped([3, 0]).compute().shape == [3, 0])
    #expect(try empty.sum(along: [0]).compute().numbers == [0, 0, 0])
  }

  @Test func longChainsAndWideJoinsNeedNoStack() throws {
    var array = try PlainArray([4], seed: 5).lazy
    for _ in 0..<5000 { array = array + array - array }
    #expect(try array.compute().numbers == PlainArray([4], seed: 5).numbers)
    let wide = try LazyArray.concatenated((0..<1000).map { try PlainArray([2], seed: $0).lazy }, along: 0)
    #expect(try wide.rechunked(ChunkGrid(whole: [2000])).compute().count == 2000)
  }
}

private func mean(_ numbers: [Double]) -> Double { numbers.reduce(0, +) / Double(numbers.count) }

private func deviation(_ numbers: [Double]) -> Double {
  let mean = mean(numbers)
  return (numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(numbers.count)).squareRoot()
}
