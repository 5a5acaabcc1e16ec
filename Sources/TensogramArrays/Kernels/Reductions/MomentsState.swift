/// The state of variances, and of means of what is not NaN: count, sum and sum of squared differences from the mean.
///
/// Each patch is summed, then its differences from its own mean; parts are merged as Chan, Golub and LeVeque did (1979).
final class MomentsState<Element: RealNumber>: ReductionState {
  enum Result { case mean, variance, standardDeviation }

  private let working: ElementType
  private let result: Result
  private let skipsMissing: Bool
  private let counts: Tensor
  private let sums: Tensor
  private let squares: Tensor

  init(shape: [Int], lengths: [Int], working: ElementType, result: Result, skipsMissing: Bool) {
    self.working = working
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
      let (count, sum) =
        skipsMissing
        ? unsafe (
          Double(PresentCount<Element>.fold(elements, patch.columns)), PresentSum<Element>.fold(elements, patch.columns)
        )
        : unsafe (Double(patch.columns), RealSum<Element>.fold(elements, patch.columns))
      let squares = result == .mean || count == 0 ? 0 : unsafe squares(elements, patch.columns, mean: sum / count)
      merge(count, sum, squares, at: patch.accumulator + row * patch.accumulatorStep)
    }
  }

  /// The sum of squared differences from `mean`.
  private func squares(_ row: UnsafeRawPointer, _ count: Int, mean: Double) -> Double {
    unsafe withUnsafeTemporaryAllocation(of: Double.self, capacity: 64) { buffer in
      // Room for exactly 64 values; all elements are in the row.
      let lanes = unsafe buffer.baseAddress!
      unsafe lanes.initialize(repeating: 0, count: 64)
      for start in stride(from: 0, to: count &- 63, by: 64) {
        for lane in 0..<64 { unsafe lanes[lane] += square(element(row, start &+ lane), mean) }
      }
      for index in count & ~63..<count { unsafe lanes[index & 63] += square(element(row, index), mean) }
      var width = 32
      while width > 0 {
        for lane in 0..<width { unsafe lanes[lane] += lanes[lane &+ width] }
        width /= 2
      }
      return unsafe lanes[0]
    }
  }

  @inline(__always)
  private func element(_ row: UnsafeRawPointer, _ index: Int) -> Double {
    Double(unsafe row.loadUnaligned(fromByteOffset: index &* MemoryLayout<Element>.size, as: Element.self))
  }

  @inline(__always)
  private func square(_ value: Double, _ mean: Double) -> Double {
    let difference = value - mean
    return skipsMissing && value != value ? 0 : difference * difference
  }

  private func takeColumns(of patch: ReductionPatch) {
    let columns = patch.columns
    unsafe withUnsafeTemporaryAllocation(of: Double.self, capacity: 4 * columns) { buffer in
      // Four runs of values for the columns; all elements are in the patch's rows.
      let counts = unsafe buffer.baseAddress!
      let (sums, means, squares) = unsafe (counts + columns, counts + 2 * columns, counts + 3 * columns)
      unsafe counts.initialize(repeating: skipsMissing ? 0 : Double(patch.rows), count: columns)
      unsafe sums.initialize(repeating: 0, count: 3 * columns)
      for row in 0..<patch.rows {
        let elements = unsafe patch.row(row)
        if skipsMissing {
          unsafe PresentSum<Element>.combine(sums, with: elements, columns)
          for column in 0..<columns {
            let value = unsafe element(elements, column)
            unsafe counts[column] += value == value ? 1 : 0
          }
        } else {
          unsafe RealSum<Element>.combine(sums, with: elements, columns)
        }
      }
      if result != .mean {
        for column in 0..<columns { unsafe means[column] = sums[column] / counts[column] }
        for row in 0..<patch.rows {
          let elements = unsafe patch.row(row)
          for column in 0..<columns { unsafe squares[column] += square(element(elements, column), means[column]) }
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
    } else {
      unsafe squares[index] += square
    }
    unsafe counts[index] = mine + count
    unsafe sums[index] = mySum + sum
  }

  override func merge(_ other: ReductionState) {
    guard let other = other as? Self, other.shape == shape else { preconditionFailure("states of other reductions") }
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
        let variance = unsafe squares[index] / max(freedom, 0)
        unsafe target[index] = skipsMissing && freedom <= 0 ? .nan : variance
      }
    }
    if result == .standardDeviation { ElementwiseOperation.sqrt.apply([values], into: values) }
    Cast.apply(values, into: output)
  }
}

/// How many elements are not NaN.
enum PresentCount<Element: RealNumber>: Fold {
  static var valueType: ElementType { .float64 }
  static var identity: Double { 0 }
  @inline(__always) static func lift(_ element: Element) -> Double { element == element ? 1 : 0 }
  @inline(__always) static func combine(_ a: Double, _ b: Double) -> Double { a + b }
}
