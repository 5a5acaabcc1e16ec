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
    let numbers = Self.numbers(part, point.indexShape)
    var placesByBlock: [Int: [Int]] = [:]
    for (place, block) in Self.blocks(numbers, point, input.grid).enumerated() {
      placesByBlock[block, default: []].append(place)
    }
    let others = input.shape.indices.filter { !point.axes.contains($0) }
    var pieces: [Request] = []
    var picks: [(places: [Int], numbers: [[Int]])] = []
    for (_, places) in placesByBlock.sorted(by: { $0.key < $1.key }) {
      var box = [Region.Axis](repeating: Region.Axis(0..<1), count: input.shape.count)
      var inBox: [[Int]] = []
      for (axis, indices) in zip(point.axes, point.indices) {
        let coordinates = places.map { indices[numbers[$0]] }
        let first = coordinates.min() ?? 0
        box[axis] = Region.Axis(first..<(coordinates.max() ?? 0) + 1)
        inBox.append(coordinates.map { $0 - first })
      }
      for (own, axis) in others.enumerated() { box[axis] = region.axes[point.indexShape.count + own] }
      pieces.append(Request(input, Region(box)))
      picks.append((places, inBox))
    }
    self.pieces = pieces
    self.picks = picks
  }

  /// Which of all points the part of the result has, in C order.
  private static func numbers(_ part: ArraySlice<Region.Axis>, _ shape: [Int]) -> [Int] {
    var numbers = [0]
    for (axis, stride) in zip(part, Tensor.contiguousStrides(shape, 1)) {
      let steps = (0..<axis.count).map { (axis.start + $0 * axis.step) * stride }
      numbers = numbers.flatMap { number in steps.map { number + $0 } }
    }
    return numbers
  }

  /// The block that each point is in: its number among those of the indexed axes, in C order.
  private static func blocks(_ numbers: [Int], _ point: Point, _ grid: ChunkGrid) -> [Int] {
    var blocks = [Int](repeating: 0, count: numbers.count)
    for (axis, indices) in zip(point.axes, point.indices) {
      let chunks = grid.axes[axis]
      for (place, number) in numbers.enumerated() {
        blocks[place] = blocks[place] * chunks.count + chunks.block(at: indices[number])
      }
    }
    return blocks
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
