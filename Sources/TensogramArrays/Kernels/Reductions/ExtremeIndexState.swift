/// The state of ``ReductionOperation/argmin`` and its like: the extreme, and the flat index where it is first.
final class ExtremeIndexState<Order: ExtremeOrder>: ReductionState {
  typealias Element = Order.Extreme.Element

  private let working: ElementType
  private let extremes: Tensor
  /// -1 where there is no value yet.
  private let places: Tensor

  /// `working` is the element type that the order's elements are in memory.
  init(shape: [Int], lengths: [Int], working: ElementType) {
    self.working = working
    extremes = Tensor(Order.Extreme.valueType, shape)
    places = Tensor(.int64, shape)
    super.init(shape: shape, lengths: lengths)
    unsafe values.initialize(repeating: Order.Extreme.identity, count: places.count)
    unsafe indices.initialize(repeating: -1, count: places.count)
  }

  /// As many as the result has elements: places in patches are within.
  private var values: UnsafeMutablePointer<Element> { unsafe extremes.start.assumingMemoryBound(to: Element.self) }
  private var indices: UnsafeMutablePointer<Int> { unsafe places.start.assumingMemoryBound(to: Int.self) }

  override func take(_ block: Tensor, _ axes: [Int], _ origin: [Int], _ position: [Int]) {
    let walk = ReductionWalk(block, axes: axes, origin: origin, position: position, state: self, working: working)
    walk.forEach { patch in
      for row in 0..<patch.rows {
        let elements = unsafe patch.row(row)
        let place = patch.place + row * patch.placeStep.row
        if patch.isVertical {
          for column in 0..<patch.columns {
            unsafe offer(element(elements, column), place, at: patch.accumulator &+ column)
          }
        } else {
          unsafe takeRow(elements, patch, place, at: patch.accumulator + row * patch.accumulatorStep)
        }
      }
    }
  }

  /// Finds the row's extreme, and only where that counts its place.
  private func takeRow(_ row: UnsafeRawPointer, _ patch: ReductionPatch, _ place: Int, at index: Int) {
    let extreme = unsafe Order.Extreme.fold(row, patch.columns)
    let (best, found) = unsafe (values[index], indices[index])
    if !Order.counts(extreme) || !Self.isFirst(extreme, place, best, found) { return }
    for column in 0..<patch.columns where Order.isSame(unsafe element(row, column), extreme) {
      return offer(extreme, place + column * patch.placeStep.column, at: index)
    }
  }

  @inline(__always)
  private func element(_ row: UnsafeRawPointer, _ index: Int) -> Element {
    unsafe row.loadUnaligned(fromByteOffset: index &* MemoryLayout<Element>.size, as: Element.self)
  }

  @inline(__always)
  private func offer(_ value: Element, _ place: Int, at index: Int) {
    let (best, found) = unsafe (values[index], indices[index])
    if Order.counts(value) && Self.isFirst(value, place, best, found) {
      unsafe values[index] = value
      unsafe indices[index] = place
    }
  }

  @inline(__always)
  private static func isFirst(_ value: Element, _ place: Int, _ best: Element, _ found: Int) -> Bool {
    found < 0 || Order.isBetter(value, best) || (!Order.isBetter(best, value) && place < found)
  }

  override func merge(_ other: ReductionState) {
    guard let other = other as? Self, other.shape == shape else { preconditionFailure("states of other reductions") }
    for index in 0..<places.count where unsafe other.indices[index] >= 0 {
      unsafe offer(other.values[index], other.indices[index], at: index)
    }
  }

  override func finish(into output: Tensor, ddof: Double) { Cast.apply(places, into: output) }

  override var lacksValues: Bool { (0..<places.count).contains { unsafe indices[$0] < 0 } }
}

/// Which element is the extreme.
protocol ExtremeOrder {
  associatedtype Extreme: Fold where Extreme.Value == Extreme.Element
  typealias Element = Extreme.Element
  /// Whether `a` is, and not `b`.
  static func isBetter(_ a: Element, _ b: Element) -> Bool
  /// Whether it may be one.
  static func counts(_ element: Element) -> Bool
  static func isSame(_ a: Element, _ b: Element) -> Bool
}

enum LeastInteger<Integer: FixedWidthInteger & TensorElement>: ExtremeOrder {
  typealias Extreme = IntegerMinimum<Integer>
  @inline(__always) static func isBetter(_ a: Integer, _ b: Integer) -> Bool { a < b }
  @inline(__always) static func counts(_ element: Integer) -> Bool { true }
  @inline(__always) static func isSame(_ a: Integer, _ b: Integer) -> Bool { a == b }
}

enum GreatestInteger<Integer: FixedWidthInteger & TensorElement>: ExtremeOrder {
  typealias Extreme = IntegerMaximum<Integer>
  @inline(__always) static func isBetter(_ a: Integer, _ b: Integer) -> Bool { a > b }
  @inline(__always) static func counts(_ element: Integer) -> Bool { true }
  @inline(__always) static func isSame(_ a: Integer, _ b: Integer) -> Bool { a == b }
}

/// NaN comes before all.
enum LeastReal<Real: RealNumber & TensorElement>: ExtremeOrder {
  typealias Extreme = RealMinimum<Real>
  @inline(__always) static func isBetter(_ a: Real, _ b: Real) -> Bool { a < b || (a != a && b == b) }
  @inline(__always) static func counts(_ element: Real) -> Bool { true }
  @inline(__always) static func isSame(_ a: Real, _ b: Real) -> Bool { a == b || (a != a && b != b) }
}

enum GreatestReal<Real: RealNumber & TensorElement>: ExtremeOrder {
  typealias Extreme = RealMaximum<Real>
  @inline(__always) static func isBetter(_ a: Real, _ b: Real) -> Bool { a > b || (a != a && b == b) }
  @inline(__always) static func counts(_ element: Real) -> Bool { true }
  @inline(__always) static func isSame(_ a: Real, _ b: Real) -> Bool { a == b || (a != a && b != b) }
}

/// Of what is not NaN.
enum LeastPresent<Real: RealNumber & TensorElement>: ExtremeOrder {
  typealias Extreme = PresentMinimum<Real>
  @inline(__always) static func isBetter(_ a: Real, _ b: Real) -> Bool { a < b }
  @inline(__always) static func counts(_ element: Real) -> Bool { element == element }
  @inline(__always) static func isSame(_ a: Real, _ b: Real) -> Bool { a == b }
}

enum GreatestPresent<Real: RealNumber & TensorElement>: ExtremeOrder {
  typealias Extreme = PresentMaximum<Real>
  @inline(__always) static func isBetter(_ a: Real, _ b: Real) -> Bool { a > b }
  @inline(__always) static func counts(_ element: Real) -> Bool { element == element }
  @inline(__always) static func isSame(_ a: Real, _ b: Real) -> Bool { a == b }
}
