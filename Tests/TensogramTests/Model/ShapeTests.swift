import Testing

@testable import Tensogram

@Suite struct ShapeTests {
  @Test(
    arguments: [
      ([], 1, []), ([5], 5, [1]), ([2, 3, 4], 24, [12, 4, 1]), ([3, 0, 5], 0, [0, 5, 1]), ([1 << 40, 0], 0, [0, 1]),
    ] as [([Int], Int, [Int])])
  func countsAndStrides(extents: [Int], count: Int, strides: [Int]) throws {
    let shape = try Shape(extents)
    #expect(shape.count == count)
    #expect(shape.strides == strides)
  }

  @Test(arguments: [[-1], [1 << 62, 4], [1 << 32, 1 << 32]])
  func refusesWhatCannotBeCounted(extents: [Int]) {
    #expect(throws: TensogramError.self) { try Shape(extents) }
  }
}
