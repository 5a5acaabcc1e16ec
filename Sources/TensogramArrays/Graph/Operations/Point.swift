/// Elements by an index along each of several axes; the result has the indices' shape, then the other axes.
struct Point: Operation {
  let axes: [Int]
  /// For each axis the indices in C order.
  let indices: [[Int]]
  let indexShape: [Int]

  let name = "point"

  func recipe(for region: Region, of node: Node) -> Recipe {
    .assemble(PointAssembly(self, node.inputs[0], region))
  }
}

private final class PointAssembly: Assembly {
  let pieces: [Request]
  private let point: Point
  private let picks: [(places: [Int], numbers: [[Int]])]

  init(_ point: Point, _ input: Node, _ region: Region) {
    self.point = point
    let part = region.axes[..<point.indexShape.count]
    let strides = Tensor.contiguousStrides(point.indexShape, 1)
    var byBlock: [[Int]: (places: [Int], numbers: [[Int]])] = [:]
    var place = 0
    forEachIndex(part.map { 0..<$0.count }) { index in
      var number = 0
      for (position, (axis, stride)) in zip(index, zip(part, strides)) {
        number += (axis.start + position * axis.step) * stride
      }
      let coordinates = point.indices.map { $0[number] }
      let block = zip(point.axes, coordinates).map { input.grid.axes[$0].block(at: $1) }
      byBlock[block, default: ([], point.axes.map { _ in [] })].places.append(place)
      for (axis, coordinate) in coordinates.enumerated() { byBlock[block]?.numbers[axis].append(coordinate) }
      place += 1
    }
    let others = input.shape.indices.filter { !point.axes.contains($0) }
    var pieces: [Request] = []
    var picks: [(places: [Int], numbers: [[Int]])] = []
    for (_, pick) in byBlock.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
      var box = [Region.Axis](repeating: Region.Axis(0..<1), count: input.shape.count)
      for (axis, numbers) in zip(point.axes, pick.numbers) {
        box[axis] = Region.Axis((numbers.min() ?? 0)..<(numbers.max() ?? 0) + 1)
      }
      for (own, axis) in others.enumerated() { box[axis] = region.axes[point.indexShape.count + own] }
      pieces.append(Request(input, Region(box)))
      picks.append((pick.places, zip(point.axes, pick.numbers).map { axis, all in all.map { $0 - box[axis].start } }))
    }
    self.pieces = pieces
    self.picks = picks
  }

  func add(_ index: Int, _ piece: Tensor, to output: Tensor, in worker: Worker) {
    let (places, numbers) = picks[index]
    let references = piece.elementType == .object ? worker.run.objectReferences : nil
    let count = point.indexShape.count
    let picked = worker.tensor(piece.elementType, [places.count] + output.shape[count...])
    Gather.point(piece, axes: point.axes, indices: numbers, into: picked, references: references)
    if let target = output.merging(0..<count) {
      Gather.put(picked, axis: 0, indices: places, into: target, references: references)
    } else {
      let whole = worker.tensor(output.elementType, [output.shape[..<count].reduce(1, *)] + output.shape[count...])
      // Through memory in C order, with what is there already.
      guard let split = whole.reshaped(output.shape) else { preconditionFailure("new memory is in C order") }
      worker.copy(output, into: split)
      Gather.put(picked, axis: 0, indices: places, into: whole, references: references)
      worker.copy(split, into: output)
      worker.release(whole)
    }
    worker.release(picked)
  }
}
