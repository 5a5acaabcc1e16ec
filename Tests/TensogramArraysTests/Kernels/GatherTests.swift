import Testing

@testable import TensogramArrays

@Suite struct GatherTests {
  static let indices = [3, 0, 3, 1]

  @Test(arguments: [ElementType.uint8, .int16, .float32, .float64, .complex128, .opaque(size: 3)])
  func takesElementsOfEverySize(type: ElementType) {
    for axis in 0..<3 {
      let input = bytes(type, Tensor.numbered(.uint8, [5, 4, 6, type.size], 1))
      let output = Tensor(type, input.shape.replacing(axis, with: 4))
      Gather.take(input, axis: axis, indices: Self.indices, into: output)
      let (from, to) = (parts(input), parts(output))
      for index in to.indices {
        let (taken, source): (UInt8, UInt8) = (to[index], from[index.replacing(axis, with: Self.indices[index[axis]])])
        #expect(taken == source)
      }
    }
  }

  @Test func takesFromAnyView() {
    for input in Tensor.views(.int32, [5, 40]) {
      for axis in 0..<2 {
        let output = Tensor(.int32, input.shape.replacing(axis, with: 4))
        Gather.take(input, axis: axis, indices: Self.indices, into: output)
        let expected: [Int32] = output.indices.map { input[$0.replacing(axis, with: Self.indices[$0[axis]])] }
        #expect(output.values() == expected)
      }
    }
  }

  @Test func putsTheLastOfThoseAtOnePlace() {
    for target in Tensor.views(.int32, [5, 40], seed: 3).prefix(5) {
      for axis in 0..<2 {
        let values = Tensor.numbered(.int32, target.shape.replacing(axis, with: 4), 7)
        var expected = Dictionary(uniqueKeysWithValues: target.indices.map { ($0, target[$0] as Int32) })
        for index in values.indices { expected[index.replacing(axis, with: Self.indices[index[axis]])] = values[index] }
        Gather.put(values, axis: axis, indices: Self.indices, into: target)
        #expect(target.values() == target.indices.map { expected[$0]! })
      }
    }
  }

  @Test func pointsPickByAllTheirIndices() {
    let input = Tensor.numbered(.int32, [5, 3, 4], 1)
    let output = Tensor(.int32, [4, 3])
    Gather.point(input, axes: [0, 2], indices: [Self.indices, [0, 3, 1, 2]], into: output)
    let expected: [Int32] = output.indices.map { input[[Self.indices[$0[0]], $0[1], [0, 3, 1, 2][$0[0]]]] }
    #expect(output.values() == expected)
  }

  @Test func takesNothing() {
    let output = Tensor(.int32, [0, 4])
    Gather.take(Tensor.numbered(.int32, [5, 4], 1), axis: 0, indices: [], into: output)
    #expect(output.values(Int32.self).isEmpty)
  }

  private func bytes(_ type: ElementType, _ tensor: Tensor) -> Tensor {
    Tensor(
      type, Array(tensor.shape.dropLast()), strides: Array(tensor.strides.dropLast()), offset: 0,
      storage: tensor.storage)
  }

  private func parts(_ tensor: Tensor) -> Tensor {
    Tensor(
      .uint8, tensor.shape + [tensor.elementType.size], strides: tensor.strides + [1], offset: tensor.offset,
      storage: tensor.storage)
  }
}
