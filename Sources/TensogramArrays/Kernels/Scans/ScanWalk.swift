/// Walks along an axis of an input and an output, with the places of the other axes in the scan's state.
@safe
struct ScanWalk {
  /// Columns at a time: so that what is carried stays in the first-level cache.
  private static let columns = 512

  /// The axes but the scanned one; the last are the columns. Lanes: bytes of the output, of the input, place in the state.
  private let nest: LoopNest
  private let length: Int
  private let step: (output: Int, input: Int)
  private let source: UnsafeRawPointer
  private let target: UnsafeMutableRawPointer
  private let place: Int

  init(_ input: Tensor, _ axis: Int, _ output: Tensor, _ position: [Int], _ shape: [Int]) {
    let others = input.shape.indices.filter { $0 != axis }
    let places = Tensor.contiguousStrides(shape, 1)
    nest = LoopNest(
      others.map { input.shape[$0] }, [others.map { output.strides[$0] }, others.map { input.strides[$0] }, places])
    length = input.shape[axis]
    step = (output.strides[axis], input.strides[axis])
    unsafe source = UnsafeRawPointer(input.start)
    unsafe target = output.start
    place = zip(position, places).reduce(0) { $0 + $1.0 * $1.1 }
  }

  /// Elements at one index of the axis, or all of one column.
  @safe
  struct Line {
    let input: UnsafeRawPointer
    let output: UnsafeMutableRawPointer
    /// Bytes from an element to the next.
    let inputStep: Int
    let outputStep: Int
    /// Of the first element in the state, and from an element to the next: 0 for all of one column.
    let place: Int
    let placeStep: Int
    let count: Int

    /// Whether elements of these sizes lie one after the other, in the state as well.
    func isDense(_ inputSize: Int, _ outputSize: Int) -> Bool {
      placeStep == 1 && inputStep == inputSize && outputStep == outputSize
    }
  }

  /// Calls `body` for lines that hold each element once, those of a column in order.
  @inline(__always)
  func forEach(_ body: (Line) -> Void) {
    let columnStep = nest.strides.last ?? .zero
    let columnCount = nest.lengths.last ?? 1
    nest.forEach(outer: max(nest.lengths.count - 1, 0)) { offsets in
      if abs(step.output) <= abs(columnStep[0]) || columnCount == 1 {
        for column in 0..<columnCount {
          let first = offsets &+ columnStep &* SIMD4(repeating: column)
          unsafe body(
            Line(
              input: source + first[1], output: target + first[0], inputStep: step.input, outputStep: step.output,
              place: place + first[2], placeStep: 0, count: length))
        }
        return
      }
      for column in stride(from: 0, to: columnCount, by: Self.columns) {
        let first = offsets &+ columnStep &* SIMD4(repeating: column)
        for index in 0..<length {
          unsafe body(
            Line(
              input: source + (first[1] + index * step.input), output: target + (first[0] + index * step.output),
              inputStep: columnStep[1], outputStep: columnStep[0], place: place + first[2], placeStep: columnStep[2],
              count: min(Self.columns, columnCount - column)))
        }
      }
    }
  }
}
