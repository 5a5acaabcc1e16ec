/// The state of variances, and of sums and means of the same or of what is not NaN: count, sum, and sum of squared
/// differences from the mean.
///
/// Each patch is summed, then its differences from its own mean; parts are merged.
final class MomentsState: ReductionState {
  private let loops: MomentsLoops
  /// Where nothing is missing, which is nearly always.
  private let loopsOfAll: MomentsLoops
  private let working: ElementType
  private let wantsSquares: Bool
  private let skipsMissing: Bool
  /// Whether something was missing in columns seen so far: more is likely, which one sum need not show again.
  private var hasMissing = false
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
    squares = Tensor(.float64, wantsSquares ? shape : [0])
    super.init(operation, shape: shape, lengths: lengths)
    for tensor in [counts, sums, squares] {
      unsafe pointer(tensor).initialize(repeating: 0, count: tensor.count)
    }
  }

  /// As many values as the result has elements: places in patches are within.
  private func pointer(_ tensor: Tensor) -> UnsafeMutablePointer<Double> {
    unsafe tensor.start.assumingMemoryBound(to: Double.self)
  }

  /// Some of the result's elements, which are within.
  private func columns(_ first: Int, count: Int) -> MomentsColumns {
    unsafe MomentsColumns(
      counts: pointer(counts) + first, sums: pointer(sums) + first,
      squares: pointer(squares) + (wantsSquares ? first : 0), columns: count)
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
    let (counts, sums) = unsafe (pointer(counts), pointer(sums))
    if wantsSquares && count > 0 {
      let square = unsafe loops.squareRow(row, columns, sum / count)
      unsafe pointer(squares)[index] += square + MomentsColumns.between(counts[index], sums[index], count, sum)
    }
    unsafe counts[index] += count
    unsafe sums[index] += sum
  }

  func takeColumns(of patch: ReductionPatch) {
    let columns = patch.columns
    unsafe withUnsafeTemporaryAllocation(of: Double.self, capacity: 4 * columns) { buffer in
      // Four runs of values for the columns.
      guard let counts = buffer.baseAddress else { return }
      let (sums, squares, quotients) = unsafe (counts + columns, counts + 2 * columns, counts + 3 * columns)
      unsafe counts.initialize(repeating: Double(patch.rows), count: columns)
      unsafe sums.initialize(repeating: 0, count: columns)
      if !hasMissing {
        unsafe loopsOfAll.sumColumns(counts, sums, patch)
        hasMissing = unsafe skipsMissing && PresentCount<Double>.fold(sums, columns) < Double(columns)
      }
      if hasMissing {
        unsafe counts.initialize(repeating: 0, count: 2 * columns)
        unsafe loops.sumColumns(counts, sums, patch)
      }
      if wantsSquares {
        // One row is its own mean.
        let means = unsafe patch.rows == 1 ? sums : quotients
        if patch.rows > 1 { for column in 0..<columns { unsafe means[column] = sums[column] / counts[column] } }
        unsafe squares.initialize(repeating: 0, count: columns)
        unsafe (hasMissing ? loops : loopsOfAll).squareColumns(squares, means, patch)
      }
      let taken = unsafe MomentsColumns(counts: counts, sums: sums, squares: squares, columns: columns)
      self.columns(patch.accumulator, count: columns).merge(taken, wantsSquares: wantsSquares)
    }
  }

  override func merge(_ other: ReductionState) {
    guard let other = other as? MomentsState, other.shape == shape, other.wantsSquares == wantsSquares else {
      preconditionFailure("another reduction's state")
    }
    // By parts that stay in the first-level cache.
    for first in stride(from: 0, to: counts.count, by: 512) {
      let count = min(512, counts.count - first)
      columns(first, count: count).merge(other.columns(first, count: count), wantsSquares: wantsSquares)
    }
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
