/// The loops of ``ExtremeIndexState``, made for an order where it is named.
///
/// Pointers are to as many values and places, or elements of a row, as are counted; rows need not be aligned.
@safe
struct ExtremeIndexLoops: Sendable {
  typealias Values = UnsafeMutableRawPointer
  typealias Places = UnsafeMutablePointer<Int>
  typealias Row = UnsafeRawPointer

  let valueType: ElementType
  let clear: @Sendable (Values, Int) -> Void
  /// Offers all elements of a row to one value: the place of the first, from one to the next, and how many.
  let offerRow: @Sendable (Values, Places, Row, _ place: Int, _ step: Int, Int) -> Void
  /// Offers the elements of each column of a vertical patch to the value at its place.
  let offerColumns: @Sendable (Values, Places, ReductionPatch) -> Void
  /// Offers each value to the other at its index.
  let offerValues: @Sendable (Values, Places, Values, Places, Int) -> Void

  init<Order: ExtremeOrder>(_ order: Order.Type) {
    typealias Element = Order.Element
    valueType = Order.Extreme.valueType
    unsafe clear = {
      unsafe $0.assumingMemoryBound(to: Element.self).initialize(repeating: Order.Extreme.identity, count: $1)
    }
    unsafe offerColumns = { values, places, patch in
      unsafe Order.withExtremes(of: patch) { extremes, rows in
        for column in 0..<patch.columns {
          let place = unsafe patch.place &+ Int(truncatingIfNeeded: rows[column]) &* patch.placeStep.row
          unsafe Order.offer(extremes, column, at: place, to: values, places)
        }
      }
    }
    unsafe offerValues = { values, places, others, otherPlaces, count in
      for index in 0..<count { unsafe Order.offer(others, index, at: otherPlaces[index], to: values, places) }
    }
    unsafe offerRow = { values, places, row, place, step, count in
      let value = unsafe values.assumingMemoryBound(to: Element.self)
      // Where the extreme is counts only if it is one.
      let extreme = unsafe Order.Extreme.fold(row, count)
      guard unsafe Order.isFirst(extreme, place, value.pointee, places.pointee) else { return }
      for index in 0..<count where Order.isSame(unsafe Order.element(row, index), extreme) {
        unsafe value.pointee = extreme
        return unsafe places.pointee = place &+ index &* step
      }
    }
  }
}
