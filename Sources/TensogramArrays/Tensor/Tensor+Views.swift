extension Tensor {
  /// The part in the given range of each axis.
  public subscript(region: [Range<Int>]) -> Tensor {
    precondition(region.count == shape.count)
    var offset = offset
    for (axis, range) in region.enumerated() {
      precondition(range.lowerBound >= 0 && range.upperBound <= shape[axis])
      offset += range.lowerBound * strides[axis]
    }
    let parts = region.map(\.count)
    return Tensor(elementType, parts, strides: strides, offset: parts.contains(0) ? 0 : offset, storage: storage)
  }

  /// With its axes in another order: axis `i` of the result is axis `order[i]`.
  public func permuted(_ order: [Int]) -> Tensor {
    precondition(order.sorted() == Array(shape.indices))
    return Tensor(
      elementType, order.map { shape[$0] }, strides: order.map { strides[$0] }, offset: offset, storage: storage)
  }

  /// Repeated to `target` by the rules of broadcasting: missing leading axes and axes of length 1 repeat.
  public func broadcast(to target: [Int]) -> Tensor {
    precondition(target.count >= shape.count)
    let missing = target.count - shape.count
    let strides = target.indices.map { axis -> Int in
      guard axis >= missing else { return 0 }
      let length = shape[axis - missing]
      precondition(length == target[axis] || length == 1)
      return length == target[axis] ? self.strides[axis - missing] : 0
    }
    return Tensor(elementType, target, strides: strides, offset: offset, storage: storage)
  }

  /// The same elements under another shape of as many; nil where that would take a copy.
  public func reshaped(_ target: [Int]) -> Tensor? {
    precondition(target.reduce(1, *) == count)
    guard isContiguous else { return nil }
    return Tensor(
      elementType, target, strides: Self.contiguousStrides(target, elementType.size), offset: offset, storage: storage)
  }
}

extension Tensor {
  /// Calls `body` with the addresses of each element of this tensor and of the one at the same place in another of its
  /// shape.
  package func forEachAddress(
    with other: Tensor, _ body: (UnsafeMutableRawPointer, UnsafeMutableRawPointer) -> Void
  ) {
    precondition(shape == other.shape)
    forEachIndex(shape.map { 0..<$0 }) { index in
      var (own, others) = (0, 0)
      for (axis, position) in index.enumerated() {
        own += position * strides[axis]
        others += position * other.strides[axis]
      }
      unsafe body(start + own, other.start + others)
    }
  }
}
