/// Moving elements that are picked by index.
enum Gather {
  /// Element `i` of the output along `axis` is element `indices[i]` of the input, whose other axes are the same.
  ///
  /// Every index must be from 0 to below the axis' length. The tensors must not overlap.
  static func take(
    _ input: Tensor, axis: Int, indices: [Int], into output: Tensor, references: (any ObjectReferences)? = nil
  ) {
    checkIndices(indices, input.shape[axis])
    precondition(output.shape == input.shape.replacing(axis, with: indices.count))
    move(
      output, axis, from: input, without: [axis], offsets: indices.map { $0 * input.strides[axis] }, toPicked: false,
      references)
  }

  /// Element `i` of the target along `axis` at `indices[i]` becomes that of the values at `i`; the last one counts.
  static func put(
    _ values: Tensor, axis: Int, indices: [Int], into target: Tensor, references: (any ObjectReferences)? = nil
  ) {
    checkIndices(indices, target.shape[axis])
    precondition(values.shape == target.shape.replacing(axis, with: indices.count))
    move(
      values, axis, from: target, without: [axis], offsets: indices.map { $0 * target.strides[axis] }, toPicked: true,
      references)
  }

  /// Element `i` of the output along its first axis is the element of the input at `indices[0][i]` along `axes[0]` and so on;
  /// the output's other axes are the input's others, in order.
  static func point(
    _ input: Tensor, axes: [Int], indices: [[Int]], into output: Tensor, references: (any ObjectReferences)? = nil
  ) {
    precondition(axes.count == indices.count && !axes.isEmpty)
    var offsets = [Int](repeating: 0, count: indices[0].count)
    for (axis, indices) in zip(axes, indices) {
      checkIndices(indices, input.shape[axis])
      precondition(indices.count == offsets.count)
      for point in offsets.indices { offsets[point] += indices[point] * input.strides[axis] }
    }
    let others = input.shape.indices.filter { !axes.contains($0) }
    precondition(output.shape == [offsets.count] + others.map { input.shape[$0] })
    move(output, 0, from: input, without: axes, offsets: offsets, toPicked: false, references)
  }

  private static func checkIndices(_ indices: [Int], _ length: Int) {
    precondition(indices.allSatisfy { $0 >= 0 && $0 < length }, "an index lies outside the axis")
  }

  /// Moves between the parts of `listed` along `axis`, one after the other, and the parts of `picked` that start
  /// `offsets` bytes from its start and have its axes but `missing`.
  private static func move(
    _ listed: Tensor, _ axis: Int, from picked: Tensor, without missing: [Int], offsets: [Int], toPicked: Bool,
    _ references: (any ObjectReferences)?
  ) {
    precondition(listed.elementType == picked.elementType)
    if listed.shape.contains(0) || listed.elementType.size == 0 { return }
    let others = picked.shape.indices.filter { !missing.contains($0) }
    let shape = others.map { picked.shape[$0] }
    let strides = (
      listed: listed.shape.indices.filter { $0 != axis }.map { listed.strides[$0] },
      picked: others.map { picked.strides[$0] }
    )
    if let references, listed.elementType == .object {
      for (index, offset) in offsets.enumerated() {
        let one = listed.part(shape, strides.listed, listed.offset + index * listed.strides[axis])
        let other = picked.part(shape, strides.picked, picked.offset + offset)
        references.copy(toPicked ? one : other, into: toPicked ? other : one)
      }
      return
    }
    precondition(listed.elementType != .object)
    let nest = LoopNest(shape, [strides.listed, strides.picked])
    unsafe PickedRows(
      elementSize: listed.elementType.size, offsets: offsets, step: listed.strides[axis], toPicked: toPicked
    ).move(listed.start, picked.start, nest)
  }
}

extension [Int] {
  func replacing(_ index: Int, with value: Int) -> [Int] {
    var result = self
    result[index] = value
    return result
  }
}

extension Tensor {
  fileprivate func part(_ shape: [Int], _ strides: [Int], _ offset: Int) -> Tensor {
    Tensor(elementType, shape, strides: strides, offset: offset, storage: storage)
  }
}
