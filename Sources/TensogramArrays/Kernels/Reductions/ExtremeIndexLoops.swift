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
  /// Offers each element of a row, all at one place, to the value at its column.
  let offerColumns: @Sendable (Values, Places, Row, _ place: Int, Int) -> Void
  /// Offers each value to the other at its index.
  let offerValues: @Sendable (Values, Places, Values, Places, Int) -> Void

  init<Order: ExtremeOrder>(_ order: Order.Type) {
    typealias Element = Order.Element
    valueType = Order.Extreme.valueType
    unsafe clear = {
      unsafe $0.assumingMemoryBound(to: Element.self).initialize(repeating: Order.Extreme.identity, count: $1)
    }
    unsafe offerRow = { values, places, row, place, step, count in
      let value = unsafe values.assumingMemoryBound(to: Element.self)
      // Where the extreme is counts only if it is one.
      let extreme = unsafe Order.Extreme.fold(row, count)
      guard unsafe Order.isFirst(extreme, place, value.pointee, places.pointee) else { return }
      for index in 0..<count where Order.isSame(unsafe element(row, index), extreme) {
        return unsafe Order.offer(extreme, place &+ index &* step, value, places)
      }
    }
    unsafe offerColumns = { values, places, row, place, count in
      let values = unsafe values.assumingMemoryBound(to: Element.self)
      for index in 0..<count { unsafe Order.offer(element(row, index), place, values + index, places + index) }
    }
    unsafe offerValues = { values, places, others, otherPlaces, count in
      let values = unsafe values.assumingMemoryBound(to: Element.self)
      let others = unsafe others.assumingMemoryBound(to: Element.self)
      for index in 0..<count where unsafe otherPlaces[index] >= 0 {
        unsafe Order.offer(others[index], otherPlaces[index], values + index, places + index)
      }
    }

    @inline(__always)
    @Sendable
    func element(_ row: Row, _ index: Int) -> Element {
      unsafe row.loadUnaligned(fromByteOffset: index &* MemoryLayout<Element>.size, as: Element.self)
    }
  }
}

extension ExtremeOrder {
  /// Whether a value at a place comes before the best so far; a place of -1 says that there is none.
  @inline(__always)
  static func isFirst(_ value: Element, _ place: Int, _ best: Element, _ bestPlace: Int) -> Bool {
    counts(value) && (bestPlace < 0 || isBetter(value, best) || (!isBetter(best, value) && place < bestPlace))
  }

  @inline(__always)
  fileprivate static func offer(
    _ value: Element, _ place: Int, _ best: UnsafeMutablePointer<Element>, _ bestPlace: UnsafeMutablePointer<Int>
  ) {
    let wins = unsafe isFirst(value, place, best.pointee, bestPlace.pointee)
    unsafe best.pointee = wins ? value : best.pointee
    unsafe bestPlace.pointee = wins ? place : bestPlace.pointee
  }
}
