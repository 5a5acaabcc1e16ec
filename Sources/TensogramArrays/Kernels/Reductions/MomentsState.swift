/// The state of variances, and of sums and means of the same or of what is not NaN: count, sum, and sum of squared
/// differences from the mean.
///
/// Each patch is summed, then its differences from its own mean; parts are merged as Chan, Golub and LeVeque did (1979).
final class MomentsState: ReductionState {
  private let loops: MomentsLoops
  /// Where nothing is missing, which is nearly always.
  private let loopsOfAll: MomentsLoops
  private let working: ElementType
  private let wantsSquares: Bool
  private let skipsMissing: Bool
  private let counts: Tensor
  private let sums: Tensor
  private let squares: Tensor

  init<Element: RealNumber & TensorElement>(
    _ type: Element.Type, _ operation: ReductionOperation, shape: [Int], lengths: [Int], wantsSquares: Bool
  ) {
    skipsMissing = operation.skipsMissing

    loopsOfAll = MomentsLoops(all: type)
    loops = skipsMissing ? MomentsLoops(present: type) : loopsOfAll
    working = Element.elementType
    self.wantsSquares = wantsSquares
    counts = Tensor(.float64, shape)
    sums = Tensor(.float64, shape)
    squares = Tensor(.float64, shape)
    super.init(operation, shape: shape, lengths: lengths)
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
      unsafe takeRow(elements, patch.columns, count, sum, at: patch.accumulator + row * patch.accumulatorStep)
    }
  }

  /// Takes in a row of which the sum is known.
  func takeRow(_ row: UnsafeRawPointer, _ columns: Int, _ count: Double, _ sum: Double, at index: Int) {
    let squares = wantsSquares && count > 0 ? unsafe loops.squareRow(row, columns, sum / count) : 0
    merge(count, sum, squares, at: index)
  }

  func takeColumns(of patch: ReductionPatch) {
    let columns = patch.columns
    unsafe withUnsafeTemporaryAllocation(of: Double.self, capacity: 4 * columns) { buffer in
      // Four runs of values for the columns.
      guard let counts = buffer.baseAddress else { return }
      let (sums, means, squares) = unsafe (counts + columns, counts + 2 * columns, counts + 3 * columns)
      unsafe counts.initialize(repeating: Double(patch.rows), count: columns)
      unsafe sums.initialize(repeating: 0, count: 3 * columns)
      for row in 0..<patch.rows { unsafe loopsOfAll.sumColumns(counts, sums, patch.row(row), columns) }
      var loops = loopsOfAll
      if skipsMissing, (0..<columns).contains(where: { unsafe sums[$0].isNaN }) {
        loops = self.loops
        unsafe counts.initialize(repeating: 0, count: 2 * columns)
        for row in 0..<patch.rows { unsafe loops.sumColumns(counts, sums, patch.row(row), columns) }
      }
      if wantsSquares {
        for column in 0..<columns { unsafe means[column] = sums[column] / counts[column] }
        for row in 0..<patch.rows { unsafe loops.squareColumns(squares, means, patch.row(row), columns) }
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

  override func finish(_ operation: ReductionOperation, into output: Tensor, ddof: Double) {
    let values = Tensor(.float64, shape)
    let (target, counts, sums, squares) = unsafe (pointer(values), pointer(counts), pointer(sums), pointer(squares))
    for index in 0..<values.count {
      switch operation {
      case .sum, .nansum: unsafe target[index] = sums[index]
      case .mean, .nanmean: unsafe target[index] = sums[index] / counts[index]
      default:
        // Without degrees of freedom numpy divides by 0 as it is, but gives NaN where it skips missing values.
        let freedom = unsafe counts[index] - ddof
        unsafe target[index] = skipsMissing && freedom <= 0 ? .nan : squares[index] / max(freedom, 0)
      }
    }
    if operation == .standardDeviation || operation == .nanstd {
      ElementwiseOperation.sqrt.apply([values], into: values)
    }
    Cast.apply(values, into: output)
  }
}
