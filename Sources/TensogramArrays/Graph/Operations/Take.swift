/// Elements along an axis by their numbers; the shape of the indices replaces the axis.
struct Take: Operation {
  let axis: Int
  /// In C order.
  let indices: [Int]
  let indexShape: [Int]

  let name = "take"

  func recipe(for region: Region, of node: Node) -> Recipe {
    .assemble(TakeAssembly(node.inputs[0], axis, picked(region), region, indexShape.count))
  }

  /// The numbers that a part of the result takes, in C order.
  private func picked(_ region: Region) -> [Int] {
    let part = region.axes[axis..<axis + indexShape.count]
    if indexShape.count == 1, let only = part.first {
      return (0..<only.count).map { indices[only.start + $0 * only.step] }
    }
    let strides = Tensor.contiguousStrides(indexShape, 1)
    var picked: [Int] = []
    picked.reserveCapacity(part.reduce(1) { $0 * $1.count })
    forEachIndex(part.map { 0..<$0.count }) { index in
      var number = 0
      for (position, (axis, stride)) in zip(index, zip(part, strides)) {
        number += (axis.start + position * axis.step) * stride
      }
      picked.append(indices[number])
    }
    return picked
  }
}

/// The same, by indices that are themselves computed.
struct ComputedTake: Operation {
  let axis: Int

  let name = "take"

  private func indexCount(_ node: Node) -> Int { node.inputs[1].shape.count }

  func recipe(for region: Region, of node: Node) -> Recipe {
    .evaluate([Request(node.inputs[1], Region(Array(region.axes[axis..<axis + indexCount(node)])))])
  }

  func evaluate(
    _ region: Region, of node: Node, from inputs: [Tensor], in worker: Worker, into destination: Tensor?
  ) throws -> Tensor {
    let numbers = worker.contiguous(inputs[0])
    let length = node.inputs[0].shape[axis]
    let picked = try (0..<numbers.count).map { place throws(ArrayError) in
      // Contiguous int64.
      let number = unsafe numbers.start.load(fromByteOffset: 8 * place, as: Int.self)
      let index = number < 0 ? number + length : number
      guard (0..<length).contains(index) else {
        throw .index(number, outside: axis, length)
      }
      return index
    }
    let assembly = TakeAssembly(node.inputs[0], axis, picked, region, indexCount(node))
    let output = worker.output(node.elementType, region.shape, destination)
    for (index, piece) in assembly.pieces.enumerated() {
      let tensor = try worker.evaluate(piece)
      assembly.add(index, tensor, to: output, in: worker)
      worker.release(tensor)
    }
    return output
  }
}

/// Picks elements block by block of what they are picked from.
private final class TakeAssembly: Assembly {
  let pieces: [Request]
  private let axis: Int
  private let indexCount: Int
  private let picks: [(places: [Int], numbers: [Int])]

  /// - Parameter picked: the numbers along the axis for each place of the result, in C order.
  init(_ input: Node, _ axis: Int, _ picked: [Int], _ region: Region, _ indexCount: Int) {
    self.axis = axis
    self.indexCount = indexCount
    let chunks = input.grid.axes[axis]
    var byBlock: [Int: (places: [Int], numbers: [Int])] = [:]
    var range = 0..<0
    var block = 0
    for (place, number) in picked.enumerated() {
      if !range.contains(number) {
        block = chunks.block(at: number)
        range = chunks[block]
      }
      byBlock[block, default: ([], [])].places.append(place)
      byBlock[block, default: ([], [])].numbers.append(number)
    }
    var pieces: [Request] = []
    var picks: [(places: [Int], numbers: [Int])] = []
    for (_, pick) in byBlock.sorted(by: { $0.key < $1.key }) {
      let (low, high) = (pick.numbers.min() ?? 0, pick.numbers.max() ?? 0)
      var part = region.axes
      part.replaceSubrange(axis..<axis + indexCount, with: [Region.Axis(low..<high + 1)])
      pieces.append(Request(input, Region(part)))
      picks.append((pick.places, pick.numbers.map { $0 - low }))
    }
    self.pieces = pieces
    self.picks = picks
  }

  func add(_ index: Int, _ piece: Tensor, to output: Tensor, in worker: Worker) {
    let (places, numbers) = picks[index]
    let references = piece.elementType == .object ? worker.run.objectReferences : nil
    // The axes of the indices as one, which they are in memory of our own.
    if let target = output.merging(axis..<axis + indexCount) {
      if places.count == target.shape[axis] {
        return Gather.take(piece, axis: axis, indices: numbers, into: target, references: references)
      }
      let picked = worker.tensor(piece.elementType, piece.shape.replacing(axis, with: numbers.count))
      Gather.take(piece, axis: axis, indices: numbers, into: picked, references: references)
      Gather.put(picked, axis: axis, indices: places, into: target, references: references)
      worker.release(picked)
    } else {
      let shape = Array(output.shape[axis..<axis + indexCount])
      let strides = Tensor.contiguousStrides(shape, 1)
      for (place, number) in zip(places, numbers) {
        var target = Region(all: output.shape)
        for (offset, stride) in strides.enumerated() {
          let at = place / stride % shape[offset]
          target.axes[axis + offset] = Region.Axis(at..<at + 1)
        }
        var source = Region(all: piece.shape)
        source.axes[axis] = Region.Axis(number..<number + 1)
        let one = piece.selecting(source)
        let map = output.shape.indices.map { $0 < axis ? $0 : $0 < axis + indexCount ? nil : $0 - indexCount + 1 }
        let place = output.selecting(target)
        worker.copy(one.mapped(map, shape: place.shape), into: place)
      }
    }
  }
}

extension Tensor {
  /// With neighbouring axes as one, if that needs no copy. Without axes in the range there is a new one of length 1.
  func merging(_ axes: Range<Int>) -> Tensor? {
    var shape = self.shape
    var strides = self.strides
    let length = shape[axes].reduce(1, *)
    var stride = elementType.size
    if let last = axes.last(where: { shape[$0] != 1 }) {
      stride = strides[last]
      var expected = stride
      for axis in axes.reversed() where shape[axis] != 1 {
        if strides[axis] != expected { return nil }
        expected *= shape[axis]
      }
    }
    shape.replaceSubrange(axes, with: [length])
    strides.replaceSubrange(axes, with: [stride])
    return Tensor(elementType, shape, strides: strides, offset: offset, storage: storage)
  }
}
