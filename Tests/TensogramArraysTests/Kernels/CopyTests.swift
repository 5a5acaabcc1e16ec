import Testing

@testable import TensogramArrays

@Suite struct CopyTests {
  static let types: [ElementType] = [
    .bool, .int16, .float32, .float64, .complex128, .opaque(size: 3), .opaque(size: 16),
  ]

  @Test(arguments: [[], [1], [5], [3, 4], [40, 70], [2, 3, 300], [2, 33, 1, 5]])
  func copiesWhateverTheStrides(shape: [Int]) {
    for source in Tensor.views(.int32, shape) {
      for target in Tensor.views(.int32, shape).prefix(5) {
        Copy.apply(source, into: target)
        #expect(target.values(Int32.self) == source.values(Int32.self))
      }
    }
  }

  @Test(arguments: types)
  func copiesElementsOfEverySize(type: ElementType) {
    let shape = [40, 3, 35]
    let bytes = Tensor.numbered(.uint8, shape + [type.size], 3)
    let source = Tensor(
      type, shape, strides: Array(bytes.strides.dropLast()), offset: 0, storage: bytes.storage)
    let order = [2, 0, 1]
    let target = Tensor(type, order.map { shape[$0] })
    Copy.apply(source.permuted(order), into: target)
    let moved = Tensor(
      .uint8, target.shape + [type.size], strides: target.strides + [1], offset: 0, storage: target.storage)
    #expect(moved.values(UInt8.self) == bytes.permuted(order + [3]).values(UInt8.self))
  }

  @Test func leavesTheRestAlone() {
    let target = Tensor.numbered(.int16, [6, 6], 1)
    let before = target.values(Int16.self)
    Copy.apply(Tensor.numbered(.int16, [2, 3], 2), into: target[[2..<4, 1..<4]])
    let after = target.values(Int16.self)
    for (index, place) in target.indices.enumerated() where !((2..<4) ~= place[0] && (1..<4) ~= place[1]) {
      #expect(after[index] == before[index])
    }
    Copy.apply(Tensor(.int16, [0, 3]), into: target[[2..<2, 1..<4]])
    #expect(target.values(Int16.self) == after)
  }
}
