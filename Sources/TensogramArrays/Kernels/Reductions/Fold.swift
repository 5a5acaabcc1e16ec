/// A reduction that combines elements one by one in any order.
protocol Fold: SendableMetatype {
  associatedtype Element: BitwiseCopyable, SendableMetatype
  associatedtype Value: BitwiseCopyable, SendableMetatype
  /// The element type that ``Value`` is in memory.
  static var valueType: ElementType { get }
  static var identity: Value { get }
  static func lift(_ element: Element) -> Value
  /// `b` comes later.
  static func combine(_ a: Value, _ b: Value) -> Value
  /// Folds `count` elements that follow one another.
  static func fold(_ row: UnsafeRawPointer, _ count: Int) -> Value
}

/// Integers, to 64 bits, which wrap around.
enum IntegerSum<Element: FixedWidthInteger & BitwiseCopyable & SendableMetatype>: Fold {
  static var valueType: ElementType { Element.isSigned ? .int64 : .uint64 }
  static var identity: Int64 { 0 }
  @inline(__always) static func lift(_ element: Element) -> Int64 { Int64(truncatingIfNeeded: element) }
  @inline(__always) static func combine(_ a: Int64, _ b: Int64) -> Int64 { a &+ b }

  /// Sums of a few small integers fit in 32 bits, of which a vector holds twice as many.
  @inline(__always)
  static func fold(_ row: UnsafeRawPointer, _ count: Int) -> Int64 {
    guard Element.bitWidth <= 16 && count <= 1 << 15 else { return unsafe foldByLanes(row, count) }
    return Int64(unsafe NarrowSum<Element>.foldByLanes(row, count))
  }
}

/// Integers of few bits, to 32.
private enum NarrowSum<Element: FixedWidthInteger & BitwiseCopyable & SendableMetatype>: Fold {
  static var valueType: ElementType { .int32 }
  static var identity: Int32 { 0 }
  @inline(__always) static func lift(_ element: Element) -> Int32 { Int32(truncatingIfNeeded: element) }
  @inline(__always) static func combine(_ a: Int32, _ b: Int32) -> Int32 { a &+ b }
}

enum IntegerProduct<Element: FixedWidthInteger & BitwiseCopyable & SendableMetatype>: Fold {
  static var valueType: ElementType { Element.isSigned ? .int64 : .uint64 }
  static var identity: Int64 { 1 }
  @inline(__always) static func lift(_ element: Element) -> Int64 { Int64(truncatingIfNeeded: element) }
  @inline(__always) static func combine(_ a: Int64, _ b: Int64) -> Int64 { a &* b }
}

enum IntegerMinimum<Element: FixedWidthInteger & TensorElement>: Fold {
  static var valueType: ElementType { Element.elementType }
  static var identity: Element { .max }
  @inline(__always) static func lift(_ element: Element) -> Element { element }
  @inline(__always) static func combine(_ a: Element, _ b: Element) -> Element { a < b ? a : b }
}

enum IntegerMaximum<Element: FixedWidthInteger & TensorElement>: Fold {
  static var valueType: ElementType { Element.elementType }
  static var identity: Element { .min }
  @inline(__always) static func lift(_ element: Element) -> Element { element }
  @inline(__always) static func combine(_ a: Element, _ b: Element) -> Element { a > b ? a : b }
}

/// Summed in float64, so that float32 loses nothing.
enum RealSum<Element: RealNumber>: Fold {
  static var valueType: ElementType { .float64 }
  static var identity: Double { 0 }
  @inline(__always) static func lift(_ element: Element) -> Double { Double(element) }
  @inline(__always) static func combine(_ a: Double, _ b: Double) -> Double { a + b }
}

enum RealProduct<Element: RealNumber>: Fold {
  static var valueType: ElementType { .float64 }
  static var identity: Double { 1 }
  @inline(__always) static func lift(_ element: Element) -> Double { Double(element) }
  @inline(__always) static func combine(_ a: Double, _ b: Double) -> Double { a * b }
}

/// Of the elements that are not NaN.
enum PresentSum<Element: RealNumber>: Fold {
  static var valueType: ElementType { .float64 }
  static var identity: Double { 0 }
  @inline(__always) static func lift(_ element: Element) -> Double {
    Double(element).orZero(unless: element == element)
  }
  @inline(__always) static func combine(_ a: Double, _ b: Double) -> Double { a + b }
}

enum PresentProduct<Element: RealNumber>: Fold {
  static var valueType: ElementType { .float64 }
  static var identity: Double { 1 }
  @inline(__always) static func lift(_ element: Element) -> Double { element == element ? Double(element) : 1 }
  @inline(__always) static func combine(_ a: Double, _ b: Double) -> Double { a * b }
}

/// NaN where one of the elements is.
enum RealMinimum<Element: RealNumber & TensorElement>: Fold {
  static var valueType: ElementType { Element.elementType }
  static var identity: Element { .infinity }
  @inline(__always) static func lift(_ element: Element) -> Element { element }
  @inline(__always) static func combine(_ a: Element, _ b: Element) -> Element { a <= b || a != a ? a : b }
}

enum RealMaximum<Element: RealNumber & TensorElement>: Fold {
  static var valueType: ElementType { Element.elementType }
  static var identity: Element { -.infinity }
  @inline(__always) static func lift(_ element: Element) -> Element { element }
  @inline(__always) static func combine(_ a: Element, _ b: Element) -> Element { a >= b || a != a ? a : b }
}

/// Of the elements that are not NaN; NaN where all are.
enum PresentMinimum<Element: RealNumber & TensorElement>: Fold {
  static var valueType: ElementType { Element.elementType }
  static var identity: Element { .nan }
  @inline(__always) static func lift(_ element: Element) -> Element { element }
  @inline(__always) static func combine(_ a: Element, _ b: Element) -> Element { a <= b || b != b ? a : b }
}

enum PresentMaximum<Element: RealNumber & TensorElement>: Fold {
  static var valueType: ElementType { Element.elementType }
  static var identity: Element { .nan }
  @inline(__always) static func lift(_ element: Element) -> Element { element }
  @inline(__always) static func combine(_ a: Element, _ b: Element) -> Element { a >= b || b != b ? a : b }
}
