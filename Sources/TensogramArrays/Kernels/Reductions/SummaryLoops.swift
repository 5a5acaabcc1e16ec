/// The loops of ``SummaryState``, made for their type where it is named.
@safe
struct SummaryLoops: Sendable {
  typealias Row = UnsafeRawPointer
  typealias Value = UnsafeMutableRawPointer

  /// How many elements of a row count, and their sum; combines the least and the greatest with values of their type.
  let summarise: @Sendable (Row, Int, _ least: Value, _ greatest: Value) -> (count: Double, sum: Double)

  /// Of all elements.
  init<Element: RealNumber & TensorElement>(all type: Element.Type) {
    unsafe summarise = { row, count, least, greatest in
      var (sum, low, high) = unsafe Element.sumAndExtremes(row, count)
      // NaN shows in the sum, and so do infinities of both signs.
      if sum != sum { unsafe (low, high) = (RealMinimum.fold(row, count), RealMaximum.fold(row, count)) }
      unsafe combine(RealMinimum<Element>.self, least, low)
      unsafe combine(RealMaximum<Element>.self, greatest, high)
      return (Double(count), sum)
    }
  }

  /// Of those that are not NaN.
  init<Element: RealNumber & TensorElement>(present type: Element.Type) {
    unsafe summarise = { row, count, least, greatest in
      var (sum, low, high) = unsafe Element.sumAndExtremes(row, count)
      var present = Double(count)
      if sum != sum {
        unsafe (present, sum) = (PresentCount<Element>.fold(row, count), PresentSum<Element>.fold(row, count))
        unsafe (low, high) = (PresentMinimum.fold(row, count), PresentMaximum.fold(row, count))
      }
      unsafe combine(PresentMinimum<Element>.self, least, low)
      unsafe combine(PresentMaximum<Element>.self, greatest, high)
      return (present, sum)
    }
  }
}

@inline(__always)
private func combine<Operation: Fold>(
  _ operation: Operation.Type, _ place: UnsafeMutableRawPointer, _ value: Operation.Value
) {
  let place = unsafe place.assumingMemoryBound(to: Operation.Value.self)
  unsafe place.pointee = Operation.combine(place.pointee, value)
}

extension RealNumber {
  /// The sum of a row's elements, the least and the greatest; the sum is NaN where an element is, and the others are any.
  ///
  /// By groups of elements that are in registers or the first-level cache for all three.
  @inline(__always)
  fileprivate static func sumAndExtremes(_ row: UnsafeRawPointer, _ count: Int) -> (Double, Self, Self) {
    unsafe withUnsafeTemporaryAllocation(of: Self.self, capacity: 64) { buffer in
      let lows = buffer.baseAddress!
      let highs = unsafe lows + 32
      unsafe lows.initialize(repeating: .infinity, count: 32)
      unsafe highs.initialize(repeating: -.infinity, count: 32)
      let sum = unsafe Lanes.fold(0.0, +) { sums in
        // All elements are in the row, and there are at least 32 of each value.
        for start in stride(from: 0, to: count, by: 32) {
          let width = min(32, count &- start)
          if width == 32 {
            unsafe add(row, start, 32, sums, lows, highs)
          } else {
            unsafe add(row, start, width, sums, lows, highs)
          }
        }
      }
      var (low, high) = unsafe (lows[0], highs[0])
      for lane in 1..<32 {
        low = unsafe lows[lane] < low ? lows[lane] : low
        high = unsafe highs[lane] > high ? highs[lane] : high
      }
      return (sum, low, high)
    }
  }

  @inline(__always)
  private static func add(
    _ row: UnsafeRawPointer, _ start: Int, _ width: Int, _ sums: UnsafeMutablePointer<Double>,
    _ lows: UnsafeMutablePointer<Self>, _ highs: UnsafeMutablePointer<Self>
  ) {
    for lane in 0..<width { unsafe sums[lane] += Double(element(row, start &+ lane)) }
    for lane in 0..<width {
      let value = unsafe element(row, start &+ lane)
      unsafe lows[lane] = value < lows[lane] ? value : lows[lane]
    }
    for lane in 0..<width {
      let value = unsafe element(row, start &+ lane)
      unsafe highs[lane] = value > highs[lane] ? value : highs[lane]
    }
  }

  @inline(__always)
  private static func element(_ row: UnsafeRawPointer, _ index: Int) -> Self {
    unsafe row.loadUnaligned(fromByteOffset: index &* MemoryLayout<Self>.size, as: Self.self)
  }
}
