@testable import TensogramArrays

extension Tensor {
  /// In C order; bool elements are bytes.
  init<Element: TensorElement>(_ values: [Element], _ shape: [Int]? = nil, as type: ElementType? = nil) {
    self.init(type ?? Element.elementType, shape ?? [values.count])
    precondition(count == values.count)
    for (index, value) in values.enumerated() {
      storage.memory.storeBytes(of: value, toByteOffset: index * MemoryLayout<Element>.size, as: Element.self)
    }
  }

  /// The elements in C order, one by one.
  func values<Element: TensorElement>(_ type: Element.Type = Element.self) -> [Element] {
    indices.map { self[$0] }
  }

  subscript<Element: TensorElement>(index: [Int]) -> Element {
    let place = zip(index, strides).reduce(offset) { $0 + $1.0 * $1.1 }
    return storage.memory.loadUnaligned(fromByteOffset: place, as: Element.self)
  }

  /// Every index, in C order.
  var indices: [[Int]] {
    shape.reduce([[]]) { heads, length in heads.flatMap { head in (0..<length).map { head + [$0] } } }
  }

  /// Backwards along an axis: a view.
  func reversed(_ axis: Int) -> Tensor {
    var strides = strides
    strides[axis] *= -1
    return Tensor(
      elementType, shape, strides: strides, offset: offset + (shape[axis] - 1) * self.strides[axis], storage: storage)
  }

  /// Views of elements of the type with the shape, in all the ways that memory may lie: values differ from place to place.
  static func views(_ type: ElementType, _ shape: [Int], seed: Int = 1) -> [Tensor] {
    let straight = numbered(type, shape, seed)
    let turned = numbered(type, shape.reversed(), seed).permuted(Array(shape.indices.reversed()))
    let wide = numbered(type, shape.map { $0 + 3 }, seed)[shape.map { 1..<$0 + 1 }]
    let backwards = shape.indices.reduce(wide) { $0.reversed($1) }
    let repeated = shape.indices.map { axis in
      numbered(type, shape.enumerated().map { $0.offset == axis ? 1 : $0.element }, seed).broadcast(to: shape)
    }
    return [straight, turned, wide, backwards, unaligned(straight)] + repeated
  }

  /// Small numbers in no order, cast to the type.
  static func numbered(_ type: ElementType, _ shape: [Int], _ seed: Int) -> Tensor {
    let count = shape.reduce(1, *)
    let numbers = Tensor((0..<count).map { Int32(($0 &* 7919 &+ seed &* 104729) % 101) }, shape)
    let result = Tensor(type, shape)
    Cast.apply(numbers, into: result)
    return result
  }

  private static func unaligned(_ tensor: Tensor) -> Tensor {
    let storage = TensorStorage(byteCount: tensor.byteCount + 1)
    (storage.memory + 1).copyMemory(from: tensor.storage.memory, byteCount: tensor.byteCount)
    return Tensor(tensor.elementType, tensor.shape, strides: tensor.strides, offset: 1, storage: storage)
  }
}

/// Equal, NaN to NaN, and zeros by sign.
func areSame<Element: TensorElement & BinaryFloatingPoint>(_ a: [Element], _ b: [Element], within ulps: Element = 0)
  -> Bool
{
  a.count == b.count
    && zip(a, b).allSatisfy { a, b in
      a.isNaN || b.isNaN ? a.isNaN && b.isNaN : a == b ? a.sign == b.sign : abs(a - b) <= ulps * b.ulp
    }
}
