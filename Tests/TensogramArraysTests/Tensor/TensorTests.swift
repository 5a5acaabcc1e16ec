import Testing

@testable import TensogramArrays

@Suite struct TensorTests {
  @Test func newMemoryIsInCOrder() {
    let tensor = Tensor(.float32, [2, 3, 4])
    #expect(tensor.strides == [48, 16, 4])
    #expect(tensor.count == 24 && tensor.byteCount == 96 && tensor.isContiguous)
  }

  @Test func viewsShareTheirStorage() {
    let tensor = Tensor(.int16, [4, 6])
    let part = tensor[[1..<3, 2..<5]]
    #expect(part.shape == [2, 3] && part.strides == [12, 2] && part.offset == 16 && !part.isContiguous)
    #expect(part.storage === tensor.storage)
    #expect(part.permuted([1, 0]).strides == [2, 12])
    #expect(tensor[[0..<1, 0..<6]].broadcast(to: [5, 3, 6]).strides == [0, 0, 2])
    #expect(tensor.reshaped([24])?.strides == [2])
    #expect(part.reshaped([6]) == nil)
  }
}
