/// A strided view of elements in memory that it keeps alive: one block of an array, or a part of one.
///
/// ```swift
/// let block = Tensor(.float32, [3, 4])             // C order, not set
/// let column = block[[0..<3, 1..<2]]               // a view: no element moves
/// let turned = block.permuted([1, 0])
/// ```
public struct Tensor: Sendable {
  public let elementType: ElementType
  public let shape: [Int]
  /// Bytes from an element to the next along each axis: 0 where one is repeated, negative where the order is reversed.
  public let strides: [Int]
  /// Where the first element is, in bytes from the start of ``storage``.
  public let offset: Int
  public let storage: TensorStorage

  /// A view of part of `storage`. All its elements must lie inside.
  public init(_ elementType: ElementType, _ shape: [Int], strides: [Int], offset: Int, storage: TensorStorage) {
    precondition(shape.count == strides.count && shape.allSatisfy { $0 >= 0 })
    if !shape.contains(0) {
      var (lowest, highest) = (offset, offset + elementType.size)
      for (length, stride) in zip(shape, strides) {
        let reach = (length - 1) * stride
        if reach < 0 { lowest += reach } else { highest += reach }
      }
      precondition(lowest >= 0 && highest <= storage.byteCount, "elements lie outside their storage")
    }
    self.elementType = elementType
    self.shape = shape
    self.strides = strides
    self.offset = offset
    self.storage = storage
  }

  /// New memory in C order, not set. Not for references, which ``init(objects:references:)`` makes.
  public init(_ elementType: ElementType, _ shape: [Int]) {
    precondition(elementType != .object)
    let storage = TensorStorage(byteCount: shape.reduce(elementType.size, *))
    self.init(
      elementType, shape, strides: Self.contiguousStrides(shape, elementType.size), offset: 0, storage: storage)
  }

  /// New references in C order, all null.
  public init(objects shape: [Int], references: any ObjectReferences) {
    let storage = TensorStorage(objects: shape.reduce(1, *), references: references)
    self.init(
      .object, shape, strides: Self.contiguousStrides(shape, ElementType.object.size), offset: 0, storage: storage)
  }

  public var count: Int { shape.reduce(1, *) }
  public var dimensionCount: Int { shape.count }
  public var byteCount: Int { shape.reduce(elementType.size, *) }

  /// Whether the elements follow one another in C order.
  public var isContiguous: Bool {
    var expected = elementType.size
    for (length, stride) in zip(shape, strides).reversed() where length != 1 {
      if stride != expected { return length == 0 || shape.contains(0) }
      expected *= length
    }
    return true
  }

  /// The first element.
  var start: UnsafeMutableRawPointer { unsafe storage.memory + offset }

  /// The strides of `shape` in C order.
  static func contiguousStrides(_ shape: [Int], _ size: Int) -> [Int] {
    var strides = [Int](repeating: size, count: shape.count)
    for axis in shape.indices.dropLast().reversed() { strides[axis] = strides[axis + 1] * max(shape[axis + 1], 1) }
    return strides
  }
}
