/// Counts, sums and sums of squared differences from the mean, of columns that are side by side.
@safe
struct MomentsColumns {
  typealias Values = UnsafeMutablePointer<Double>

  /// As many values each as there are columns; squares only where they are wanted.
  let counts: Values
  let sums: Values
  let squares: Values
  let columns: Int

  /// Merges those of other elements of the same columns as Chan, Golub and LeVeque did (1979).
  func merge(_ other: MomentsColumns, wantsSquares: Bool) {
    precondition(other.columns == columns)
    if wantsSquares { mergeSquares(other) }
    for column in 0..<columns {
      unsafe counts[column] += other.counts[column]
      unsafe sums[column] += other.sums[column]
    }
  }

  private func mergeSquares(_ other: MomentsColumns) {
    guard let mine = commonCount, let count = other.commonCount else {
      for column in 0..<columns {
        unsafe squares[column] +=
          other.squares[column]
          + Self.between(counts[column], sums[column], other.counts[column], other.sums[column])
      }
      return
    }
    // Nearly always nothing is missing; divisions, one for all columns then, are what takes time.
    let weights = Self.weights(mine, count)
    guard weights.harmonic > 0 else {
      for column in 0..<columns { unsafe squares[column] += other.squares[column] }
      return
    }
    for column in 0..<columns {
      let difference = unsafe (other.sums[column] * mine - sums[column] * count) * weights.inverse
      unsafe squares[column] += other.squares[column] + difference * difference * weights.harmonic
    }
  }

  /// What the squares of two parts are less than those of both together: what their means differ by.
  @inline(__always)
  static func between(_ count: Double, _ sum: Double, _ otherCount: Double, _ otherSum: Double) -> Double {
    let weights = weights(count, otherCount)
    // Of equal means exactly 0, which quotients of sums rounded to different means would not be.
    let difference = (otherSum * count - sum * otherCount) * weights.inverse
    let between = difference * difference * weights.harmonic
    return weights.harmonic > 0 ? between : 0
  }

  /// What turns the difference of crosswise multiplied sums into that of means, and the weight of its square.
  ///
  /// The weight is not above 0 where one of the counts is 0.
  @inline(__always)
  private static func weights(_ count: Double, _ other: Double) -> (inverse: Double, harmonic: Double) {
    let product = count * other
    return (1 / product, product / (count + other))
  }

  /// The count, if it is the same for all columns.
  private var commonCount: Double? {
    guard columns > 0 else { return nil }
    let first = unsafe counts[0]
    // Bits, of which vectors are made.
    var difference: UInt64 = 0
    for column in 0..<columns { unsafe difference |= counts[column].bitPattern ^ first.bitPattern }
    return difference == 0 ? first : nil
  }
}
