/// Elements that are in memory.
struct Memory: Operation {
  let tensor: Tensor

  let name = "memory"

  func recipe(for region: Region, of node: Node) -> Recipe { .ready(tensor.selecting(region)) }
}

/// One element everywhere.
struct Full: Operation {
  /// Without axes.
  let element: Tensor

  let name = "full"

  func recipe(for region: Region, of node: Node) -> Recipe { .ready(element.broadcast(to: region.shape)) }
}

/// Numbers at equal distances along the one axis.
struct Progression: Operation {
  let start: Double
  let step: Double
  /// Used for integers, which float64 does not hold beyond 2⁵³.
  let integers: (start: Int, step: Int)?

  let name = "arange"

  func recipe(for region: Region, of node: Node) -> Recipe { .evaluate([]) }

  func evaluate(
    _ region: Region, of node: Node, from inputs: [Tensor], in worker: Worker, into destination: Tensor?
  ) -> Tensor {
    let axis = region.axes[0]
    let numbers = worker.tensor(integers == nil ? .float64 : .int64, [axis.count])
    for index in 0..<axis.count {
      let number = axis.start + index * axis.step
      // New memory of exactly these elements.
      if let integers {
        unsafe numbers.start.storeBytes(
          of: integers.start &+ number &* integers.step, toByteOffset: 8 * index, as: Int.self)
      } else {
        unsafe numbers.start.storeBytes(of: start + Double(number) * step, toByteOffset: 8 * index, as: Double.self)
      }
    }
    if node.elementType == numbers.elementType { return numbers }
    let output = worker.output(node.elementType, [axis.count], destination)
    Cast.apply(numbers, into: output)
    worker.release(numbers)
    return output
  }
}
