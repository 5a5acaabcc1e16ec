/// Elements at equal distances along each axis.
struct Slice: Operation {
  let selection: Region

  let name = "slice"

  func recipe(for region: Region, of node: Node) -> Recipe {
    .same(
      Request(node.inputs[0], Region(zip(selection.axes, region.axes).map { $0.selecting($1) })))
  }
}

/// The same elements in another grid.
struct Rechunk: Operation {
  let name = "rechunk"

  func recipe(for region: Region, of node: Node) -> Recipe { .same(Request(node.inputs[0], region)) }
}

/// Axes in another order, new ones, fewer of length 1, and such of length 1 repeated.
struct AxisMap: Operation {
  let name: String
  /// The input's axis for each axis of the result; nil for a new one.
  let axes: [Int?]

  func recipe(for region: Region, of node: Node) -> Recipe {
    let input = node.inputs[0]
    var part = [Region.Axis](repeating: Region.Axis(0..<1), count: input.shape.count)
    for (own, axis) in axes.enumerated() {
      guard let axis else { continue }
      part[axis] = input.shape[axis] == node.shape[own] ? region.axes[own] : Region.Axis(0..<1)
    }
    return .view(Request(input, Region(part)), axes: axes)
  }
}

/// Arrays one after the other along an axis.
struct Concatenation: Operation {
  let axis: Int
  /// Where each ends.
  let ends: [Int]

  let name = "concat"

  func recipe(for region: Region, of node: Node) -> Recipe {
    let along = region.axes[axis]
    let bounds = along.bounds
    var pieces: [(request: Request, box: Region)] = []
    var input = firstInput(endingAfter: bounds.lowerBound)
    while input < ends.count {
      let start = input == 0 ? 0 : ends[input - 1]
      if start >= bounds.upperBound { break }
      let (part, place) = Region.intersection(along, start..<ends[input])
      if part.count > 0 {
        var request = region
        request.axes[axis] = Region.Axis(start: part.start - start, step: part.step, count: part.count)
        var box = Region(all: region.shape)
        box.axes[axis] = Region.Axis(place)
        pieces.append((Request(node.inputs[input], request), box))
      }
      input += 1
    }
    if pieces.count == 1 { return .same(pieces[0].request) }
    return .assemble(BoxAssembly(pieces))
  }

  private func firstInput(endingAfter position: Int) -> Int {
    var (low, high) = (0, ends.count)
    while low < high {
      let middle = (low + high) / 2
      if ends[middle] > position { high = middle } else { low = middle + 1 }
    }
    return low
  }
}

/// All windows along axes, whose own axes come last.
struct Window: Operation {
  let axes: [Int]
  let sizes: [Int]

  let name = "window"

  func recipe(for region: Region, of node: Node) -> Recipe {
    .evaluate([Request(node.inputs[0], cover(region, node))])
  }

  /// What the windows of a part take of the input.
  private func cover(_ region: Region, _ node: Node) -> Region {
    let count = node.inputs[0].shape.count
    var part = Array(region.axes[..<count])
    for (index, axis) in axes.enumerated() {
      let (outer, inner) = (part[axis].bounds, region.axes[count + index].bounds)
      part[axis] = Region.Axis(outer.lowerBound + inner.lowerBound..<outer.upperBound + inner.upperBound - 1)
    }
    return Region(part)
  }

  func evaluate(
    _ region: Region, of node: Node, from inputs: [Tensor], in worker: Worker, into destination: Tensor?
  ) -> Tensor {
    let input = inputs[0]
    var strides = input.strides
    var offset = input.offset
    let cover = cover(region, node)
    for (index, axis) in axes.enumerated() {
      let (outer, inner) = (region.axes[axis], region.axes[input.shape.count + index])
      offset += (outer.start + inner.start - cover.axes[axis].start) * input.strides[axis]
      strides[axis] = input.strides[axis] * outer.step
      strides.append(input.strides[axis] * inner.step)
    }
    return Tensor(node.elementType, region.shape, strides: strides, offset: offset, storage: input.storage)
  }
}
