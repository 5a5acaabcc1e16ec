/// The same elements in C order under another shape.
struct Reshape: Operation {
  /// Axes of the input and of the result that hold the same elements, from the first to the last.
  let groups: [Group]

  struct Group {
    var input: Range<Int>
    var output: Range<Int>
  }

  let name = "reshape"

  init(from input: [Int], to output: [Int]) {
    var groups: [Group] = []
    var (first, second) = (0, 0)
    while first < input.count && second < output.count {
      let start = (first, second)
      var (own, other) = (input[first], output[second])
      first += 1
      second += 1
      while own != other {
        if own < other, first < input.count {
          own *= input[first]
          first += 1
        } else {
          other *= output[second]
          second += 1
        }
      }
      groups.append(Group(input: start.0..<first, output: start.1..<second))
    }
    // What is left on one side has length 1.
    if groups.isEmpty { groups.append(Group(input: 0..<0, output: 0..<0)) }
    groups[groups.count - 1].input = groups[groups.count - 1].input.lowerBound..<input.count
    groups[groups.count - 1].output = groups[groups.count - 1].output.lowerBound..<output.count
    self.groups = groups
  }

  func recipe(for region: Region, of node: Node) -> Recipe {
    .evaluate([Request(node.inputs[0], Region(groups.flatMap { box($0, region, node).axes }))])
  }

  /// The smallest box of a group's input axes, contiguous in C order, that has all elements of a part of the result; and
  /// the number within the group of its first element.
  private func box(_ group: Group, _ region: Region, _ node: Node) -> (axes: [Region.Axis], first: Int) {
    let lengths = Array(node.inputs[0].shape[group.input])
    let strides = Tensor.contiguousStrides(lengths, 1)
    var (low, high) = (0, 0)
    for (axis, stride) in zip(group.output, Tensor.contiguousStrides(Array(node.shape[group.output]), 1)) {
      let bounds = region.axes[axis].bounds
      low += bounds.lowerBound * stride
      high += (bounds.upperBound - 1) * stride
    }
    var axes: [Region.Axis] = []
    var first = 0
    for (axis, stride) in strides.enumerated() {
      let (from, to) = (low / stride % lengths[axis], high / stride % lengths[axis])
      axes.append(Region.Axis(from..<to + 1))
      first += from * stride
      if from != to {
        axes += lengths[(axis + 1)...].map { Region.Axis(0..<$0) }
        break
      }
    }
    return (axes, first)
  }

  func evaluate(
    _ region: Region, of node: Node, from inputs: [Tensor], in worker: Worker, into destination: Tensor?
  ) -> Tensor {
    let box = worker.contiguous(inputs[0])
    var strides: [Int] = []
    var offset = box.offset
    for group in groups {
      let size = box.shape[group.input.upperBound...].reduce(box.elementType.size, *)
      let outer = Tensor.contiguousStrides(Array(node.shape[group.output]), 1)
      offset -= self.box(group, region, node).first * size
      for (axis, stride) in zip(group.output, outer) {
        offset += region.axes[axis].start * stride * size
        strides.append(region.axes[axis].step * stride * size)
      }
    }
    return Tensor(node.elementType, region.shape, strides: strides, offset: offset, storage: box.storage)
  }

  /// The grid of the result.
  ///
  /// The blocks of a group's first axis stay, as far as whole inner axes allow; the other axes have one block.
  func grid(_ input: ChunkGrid, _ shape: [Int]) -> ChunkGrid {
    var axes = shape.map { AxisChunks(whole: $0) }
    for group in groups {
      let own = group.input.first { input.axes[$0].extent != 1 } ?? group.input.first
      let other = group.output.first { shape[$0] != 1 } ?? group.output.first
      guard let own, let other else { continue }
      let leading = input.axes[own]
      if leading.extent == shape[other] {
        axes[other] = leading
        continue
      }
      let ownSize = group.input.filter { $0 > own }.reduce(1) { $0 * input.axes[$1].extent }
      let otherSize = group.output.filter { $0 > other }.reduce(1) { $0 * shape[$1] }
      axes[other] = Self.blocks(leading, ownSize, otherSize, shape[other])
    }
    return ChunkGrid(axes)
  }

  private static func blocks(_ chunks: AxisChunks, _ ownSize: Int, _ otherSize: Int, _ extent: Int) -> AxisChunks {
    if extent == 0 || otherSize == 0 || chunks.count == 1 { return AxisChunks(whole: extent) }
    var sizes: [Int] = []
    var last = 0
    for block in 0..<chunks.count {
      let end = block == chunks.count - 1 ? extent : min((chunks[block].upperBound * ownSize) / otherSize, extent)
      if end > last { sizes.append(end - last) }
      last = max(end, last)
    }
    return AxisChunks(sizes: sizes)
  }
}

extension Node {
  package func reshaped(_ target: [Int]) throws(ArrayError) -> Node {
    var product = 1
    for length in target {
      let (next, overflow) = product.multipliedReportingOverflow(by: length)
      guard length >= 0, !overflow || target.contains(0) else {
        throw ArrayError("an array of shape \(shape) cannot be reshaped to \(target)")
      }
      product = next
    }
    guard target.contains(0) ? count == 0 : product == count else {
      throw ArrayError("an array of shape \(shape) cannot be reshaped to \(target)")
    }
    if target == shape { return self }
    if count == 0 {
      return try Node.memory(
        Tensor.repeated(elementType == .object ? .bool : elementType, []).emptied(elementType, target))
    }
    let operation = Reshape(from: shape, to: target)
    return Node(operation, [self], elementType, operation.grid(grid, target))
  }
}

extension Tensor {
  /// No elements at all.
  fileprivate func emptied(_ type: ElementType, _ shape: [Int]) -> Tensor {
    Tensor(type, shape, strides: shape.map { _ in 0 }, offset: 0, storage: storage)
  }
}
