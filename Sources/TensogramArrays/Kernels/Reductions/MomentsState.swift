/// The state of variances, and of means of what is not NaN: count, sum and sum of squared differences from the mean.
///
/// Each patch is summed, then its differences from its own mean; parts are merged as Chan, Golub and LeVeque did (1979).
final class MomentsState: ReductionState {
  enum Result { case mean, variance, standardDeviation }

  private let loops: MomentsLoops
  private let working: ElementType
  private let result: Result
  private let skipsMissing: Bool
  private let counts: Tensor
  private let sums: Tensor
  private let squares: Tensor

  init<Element: RealNumber & TensorElement>(
    _ type: Element.Type, shape: [Int], lengths: [Int], result: Result, skipsMissing: Bool
  ) {
    loops = skipsMissing ? MomentsLoops(present: type) : MomentsLoops(all: type)
    working = Element.elementType
    self.result = result
    self.skipsMissing = skipsMissing
    counts = Tensor(.float64, shape)
    sums = Tensor(.float64, shape)
    squares = Tensor(.float64, shape)
    super.init(shape: shape, lengths: lengths)
    for tensor in [counts, sums, squares] {
      unsafe pointer(tensor).initialize(repeating: 0, count: tensor.count)
    }
  }

  /// As many values as the result has elements: places in patches are within.
  private func pointer(_ tensor: Tensor) -> UnsafeMutablePointer<Double> {
    unsafe tensor.start.assumingMemoryBound(to: Double.self)
  }

  override func take(_ block: Tensor, _ axes: [Int], _ origin: [Int], _ position: [Int]) {
    let walk = ReductionWalk(block, axes: axes, origin: origin, position: position, state: self, working: working)
    walk.forEach { patch in
      if patch.isVertical { takeColumns(of: patch) } else { takeRows(of: patch) }
    }
  }

  private func takeRows(of patch: ReductionPatch) {
    for row in 0..<patch.rows {
      let elements = unsafe patch.row(row)
      let (count, sum) = unsafe loops.sumRow(elements, patch.columns)
      let square = result == .mean || count == 0 ? 0 : unsafe loops.squareRow(elements, patch.columns, sum / count)
      merge(count, sum, square, at: patch.accumulator + row * patch.accumulatorStep)
    }
  }

  private func takeColumns(of patch: ReductionPatch) {
    let columns = patch.columns
    unsafe withUnsafeTemporaryAllocation(of: Double.self, capacity: 4 * columns) { buffer in
      // Four runs of values for the columns.
      guard let counts = buffer.baseAddress else { return }
      let (sums, means, squares) = unsafe (counts + columns, counts + 2 * columns, counts + 3 * columns)
      unsafe counts.initialize(repeating: skipsMissing ? 0 : Double(patch.rows), count: columns)
      unsafe sums.initialize(repeating: 0, count: 3 * columns)
      for row in 0..<patch.rows { unsafe loops.sumColumns(counts, sums, patch.row(row), columns) }
      if result != .mean && patch.rows > 1 {
        for column in 0..<columns { unsafe means[column] = sums[column] / counts[column] }
        for row in 0..<patch.rows { unsafe loops.squareColumns(squares, means, patch.row(row), columns) }
      } else if result != .mean {
        // One element differs from its mean by 0, or by NaN.
        for column in 0..<columns where !skipsMissing { unsafe squares[column] = (sums[column] - sums[column]) }
        for column in 0..<columns where unsafe skipsMissing && counts[column] > 0 {
          unsafe squares[column] = (sums[column] - sums[column])
        }
      }
      for column in 0..<columns {
        unsafe merge(counts[column], sums[column], squares[column], at: patch.accumulator + column)
      }
    }
  }

  @inline(__always)
  private func merge(_ count: Double, _ sum: Double, _ square: Double, at index: Int) {
    let (counts, sums, squares) = unsafe (pointer(counts), pointer(sums), pointer(squares))
    let (mine, mySum) = unsafe (counts[index], sums[index])
    if mine > 0 && count > 0 {
      let difference = sum / count - mySum / mine
      unsafe squares[index] += square + difference * difference * (mine * count / (mine + count))
    } else if count > 0 {
      unsafe squares[index] = square
    }
    unsafe counts[index] = mine + count
    unsafe sums[index] = mySum + sum
  }

  override func merge(_ other: ReductionState) {
    guard let other = other as? MomentsState, other.shape == shape else {
      preconditionFailure("another reduction's state")
    }
    let (counts, sums, squares) = unsafe (pointer(other.counts), pointer(other.sums), pointer(other.squares))
    for index in 0..<self.counts.count { unsafe merge(counts[index], sums[index], squares[index], at: index) }
  }

  override func finish(into output: Tensor, ddof: Double) {
    let values = Tensor(.float64, shape)
    let (target, counts, sums, squares) = unsafe (pointer(values), pointer(counts), pointer(sums), pointer(squares))
    for index in 0..<values.count {
      let count = unsafe counts[index]
      switch result {
      case .mean: unsafe target[index] = sums[index] / count
      // Without degrees of freedom numpy divides by 0 as it is, but gives NaN where it skips missing values.
      case .variance, .standardDeviation:
        let freedom = count - ddof
        unsafe target[index] = skipsMissing && freedom <= 0 ? .nan : squares[index] / max(freedom, 0)
      }
    }
    if result == .standardDeviation { ElementwiseOperation.sqrt.apply([values], into: values) }
    Cast.apply(values, into: output)
  }
}
