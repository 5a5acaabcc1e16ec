/// Copies elements between tensors of one shape and type, whatever their strides.
enum Copy {
  /// Elements on a side of the squares that transposes go by: a line of the cache holds no fewer.
  private static let square = 32

  /// `references` counts references where the elements are objects. The tensors must not overlap.
  static func apply(_ input: Tensor, into output: Tensor, references: (any ObjectReferences)? = nil) {
    precondition(input.shape == output.shape && input.elementType == output.elementType)
    if output.shape.contains(0) || output.elementType.size == 0 { return }
    if input.elementType == .object {
      guard let references else { preconditionFailure("objects are copied only where their references are counted") }
      return references.copy(input, into: output)
    }
    let nest = LoopNest(output.shape, [output.strides, input.strides])
    let (source, target, size) = unsafe (UnsafeRawPointer(input.start), output.start, output.elementType.size)
    // In units of the nest every offset is that of an element, and all elements lie in their storage.
    guard let inner = nest.strides.last else { return unsafe target.copyMemory(from: source, byteCount: size) }
    let last = nest.lengths.count - 1
    if abs(inner[1]) > size,
      let turned = nest.strides.indices.dropLast().last(where: {
        abs(nest.strides[$0][1]) <= size && nest.strides[$0][1] != 0
      })
    {
      return unsafe transpose(nest, axis: turned, size, source, target)
    }
    let outer = nest.strides.dropLast().last ?? .zero
    let rows = StridedRows(
      elementSize: size, rows: last > 0 ? nest.lengths[last - 1] : 1, columns: nest.lengths[last],
      sourceStrides: (outer[1], inner[1]), targetStrides: (outer[0], inner[0]))
    nest.forEach(outer: max(last - 1, 0)) { offsets in unsafe rows.copy(source + offsets[1], target + offsets[0]) }
  }

  /// Where the source runs along `axis` and the target along the last one: square by square, so that the lines of both
  /// are used whole while they are in the cache.
  private static func transpose(
    _ nest: LoopNest, axis: Int, _ size: Int, _ source: UnsafeRawPointer, _ target: UnsafeMutableRawPointer
  ) {
    let last = nest.lengths.count - 1
    let (across, along) = (nest.strides[axis], nest.strides[last])
    nest.forEach(outer: last, skipping: axis) { offsets in
      for row in stride(from: 0, to: nest.lengths[axis], by: square) {
        for column in stride(from: 0, to: nest.lengths[last], by: square) {
          let rows = StridedRows(
            elementSize: size, rows: min(square, nest.lengths[axis] - row),
            columns: min(square, nest.lengths[last] - column),
            sourceStrides: (across[1], along[1]), targetStrides: (across[0], along[0]))
          let start = offsets &+ across &* SIMD4(repeating: row) &+ along &* SIMD4(repeating: column)
          unsafe rows.copy(source + start[1], target + start[0])
        }
      }
    }
  }
}
