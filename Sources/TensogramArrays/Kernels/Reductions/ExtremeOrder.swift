/// Which element is the extreme.
protocol ExtremeOrder: SendableMetatype {
  associatedtype Extreme: Fold where Extreme.Value == Extreme.Element
  typealias Element = Extreme.Element
  /// As wide as an element, so that a vector holds as many: numbers the rows of a patch.
  associatedtype RowNumber: FixedWidthInteger & BitwiseCopyable
  /// Whether `a` is, and not `b`.
  static func isBetter(_ a: Element, _ b: Element) -> Bool
  /// Whether it may be one.
  static func counts(_ element: Element) -> Bool
  static func isSame(_ a: Element, _ b: Element) -> Bool
}

enum LeastInteger<Integer: FixedWidthInteger & TensorElement>: ExtremeOrder {
  typealias RowNumber = Integer
  typealias Extreme = IntegerMinimum<Integer>
  @inline(__always) static func isBetter(_ a: Integer, _ b: Integer) -> Bool { a < b }
  @inline(__always) static func counts(_ element: Integer) -> Bool { true }
  @inline(__always) static func isSame(_ a: Integer, _ b: Integer) -> Bool { a == b }
}

enum GreatestInteger<Integer: FixedWidthInteger & TensorElement>: ExtremeOrder {
  typealias RowNumber = Integer
  typealias Extreme = IntegerMaximum<Integer>
  @inline(__always) static func isBetter(_ a: Integer, _ b: Integer) -> Bool { a > b }
  @inline(__always) static func counts(_ element: Integer) -> Bool { true }
  @inline(__always) static func isSame(_ a: Integer, _ b: Integer) -> Bool { a == b }
}

/// NaN comes before all.
enum LeastReal<Real: RealNumber & TensorElement>: ExtremeOrder {
  typealias RowNumber = Real.RawSignificand
  typealias Extreme = RealMinimum<Real>
  @inline(__always) static func isBetter(_ a: Real, _ b: Real) -> Bool { (!(a >= b)).bit & (b == b).bit != 0 }
  @inline(__always) static func counts(_ element: Real) -> Bool { true }
  @inline(__always) static func isSame(_ a: Real, _ b: Real) -> Bool { a == b || (a != a && b != b) }
}

enum GreatestReal<Real: RealNumber & TensorElement>: ExtremeOrder {
  typealias RowNumber = Real.RawSignificand
  typealias Extreme = RealMaximum<Real>
  @inline(__always) static func isBetter(_ a: Real, _ b: Real) -> Bool { (!(a <= b)).bit & (b == b).bit != 0 }
  @inline(__always) static func counts(_ element: Real) -> Bool { true }
  @inline(__always) static func isSame(_ a: Real, _ b: Real) -> Bool { a == b || (a != a && b != b) }
}

/// Of what is not NaN, which anything is better than.
enum LeastPresent<Real: RealNumber & TensorElement>: ExtremeOrder {
  typealias RowNumber = Real.RawSignificand
  typealias Extreme = PresentMinimum<Real>
  @inline(__always) static func isBetter(_ a: Real, _ b: Real) -> Bool { (!(b <= a)).bit & (a == a).bit != 0 }
  @inline(__always) static func counts(_ element: Real) -> Bool { element == element }
  @inline(__always) static func isSame(_ a: Real, _ b: Real) -> Bool { a == b }
}

enum GreatestPresent<Real: RealNumber & TensorElement>: ExtremeOrder {
  typealias RowNumber = Real.RawSignificand
  typealias Extreme = PresentMaximum<Real>
  @inline(__always) static func isBetter(_ a: Real, _ b: Real) -> Bool { (!(b >= a)).bit & (a == a).bit != 0 }
  @inline(__always) static func counts(_ element: Real) -> Bool { element == element }
  @inline(__always) static func isSame(_ a: Real, _ b: Real) -> Bool { a == b }
}
