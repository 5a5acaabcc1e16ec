/// The loops of ``MomentsState``, made for their type where it is named.
///
/// Pointers are to as many values, or elements of a row, as are counted; rows need not be aligned.
@safe
struct MomentsLoops: Sendable {
  typealias Values = UnsafeMutablePointer<Double>
  typealias Row = UnsafeRawPointer

  /// How many elements of a row count, and their sum.
  let sumRow: @Sendable (Row, Int) -> (count: Double, sum: Double)
  /// The sum of the squared differences of a row's elements from a mean.
  let squareRow: @Sendable (Row, Int, Double) -> Double
  /// Adds the elements of columns to their sums, and how many count to the counts if not all do.
  let sumColumns: @Sendable (_ counts: Values, _ sums: Values, ReductionPatch) -> Void
  /// Adds the squared differences of the elements of columns from their means.
  let squareColumns: @Sendable (_ squares: Values, _ means: Values, ReductionPatch) -> Void

  /// Of all elements.
  init<Element: RealNumber>(all type: Element.Type) {
    unsafe sumRow = { unsafe (Double($1), RealSum<Element>.fold($0, $1)) }
    unsafe squareRow = { unsafe RowOfReals<Element>($0).squares($1, mean: $2, skips: false) }
    unsafe sumColumns = { _, sums, patch in
      for row in 0..<patch.rows { unsafe RealSum<Element>.combine(sums, with: patch.row(row), patch.columns) }
    }
    unsafe squareColumns = { unsafe RowOfReals<Element>.addSquares(to: $0, $1, $2, skips: false) }
  }

  /// Of those that are not NaN.
  init<Element: RealNumber>(present type: Element.Type) {
    unsafe sumRow = { row, count in
      // Nearly always nothing is missing, which one sum shows.
      let sum = unsafe RealSum<Element>.fold(row, count)
      if sum == sum { return (Double(count), sum) }
      return unsafe (PresentCount<Element>.fold(row, count), PresentSum<Element>.fold(row, count))
    }
    unsafe squareRow = { row, count, mean in
      let row = unsafe RowOfReals<Element>(row)
      let all = row.squares(count, mean: mean, skips: false)
      return all == all ? all : row.squares(count, mean: mean, skips: true)
    }
    unsafe sumColumns = { counts, sums, patch in
      for row in 0..<patch.rows {
        unsafe PresentCount<Element>.combine(counts, with: patch.row(row), patch.columns)
        unsafe PresentSum<Element>.combine(sums, with: patch.row(row), patch.columns)
      }
    }
    unsafe squareColumns = { unsafe RowOfReals<Element>.addSquares(to: $0, $1, $2, skips: true) }
  }
}

/// Elements that follow one another, as float64.
@safe
private struct RowOfReals<Element: RealNumber> {
  private let start: UnsafeRawPointer

  @inline(__always)
  init(_ start: UnsafeRawPointer) { unsafe self.start = start }

  /// The caller counts no more elements than there are.
  @inline(__always)
  private func element(_ index: Int) -> Element {
    unsafe start.loadUnaligned(fromByteOffset: index &* MemoryLayout<Element>.size, as: Element.self)
  }

  @inline(__always)
  func square(_ index: Int, _ mean: Double, skips: Bool) -> Double {
    let element = element(index)
    let difference = Double(element) - mean
    let square = difference * difference
    return skips ? square.orZero(unless: element == element) : square
  }

  @inline(__always)
  static func addSquares(
    to squares: UnsafeMutablePointer<Double>, _ means: UnsafeMutablePointer<Double>, _ patch: ReductionPatch,
    skips: Bool
  ) {
    for number in 0..<patch.rows {
      let row = unsafe RowOfReals(patch.row(number))
      for column in 0..<patch.columns { unsafe squares[column] += row.square(column, means[column], skips: skips) }
    }
  }

  @inline(__always)
  func squares(_ count: Int, mean: Double, skips: Bool) -> Double {
    unsafe Lanes.fold(0, +) { lanes in
      let whole = count - count % Lanes.count
      for first in stride(from: 0, to: whole, by: Lanes.count) {
        for lane in 0..<Lanes.count { unsafe lanes[lane] += square(first &+ lane, mean, skips: skips) }
      }
      for index in whole..<count { unsafe lanes[index &- whole] += square(index, mean, skips: skips) }
    }
  }
}

/// How many elements are not NaN.
enum PresentCount<Element: RealNumber>: Fold {
  static var valueType: ElementType { .float64 }
  static var identity: Double { 0 }
  @inline(__always) static func lift(_ element: Element) -> Double { 1.0.orZero(unless: element == element) }
  @inline(__always) static func combine(_ a: Double, _ b: Double) -> Double { a + b }
}
