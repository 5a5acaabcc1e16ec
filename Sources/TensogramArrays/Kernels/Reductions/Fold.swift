/// A reduction that combines elements one by one in any order.
protocol Fold {
  associatedtype Element: BitwiseCopyable
  associatedtype Value: BitwiseCopyable
  /// The element type that ``Value`` is in memory.
  static var valueType: ElementType { get }
  static var identity: Value { get }
  static func lift(_ element: Element) -> Value
  /// `b` comes later.
  static func combine(_ a: Value, _ b: Value) -> Value
}

extension Fold {
  /// Values that a row is folded to at first, which the compiler keeps in vectors; then they are folded in pairs.
  static var lanes: Int { 64 }

  /// Combines each of `count` values with the element of the row at its place.
  @inline(__always)
  static func combine(_ values: UnsafeMutablePointer<Value>, with row: UnsafeRawPointer, _ count: Int) {
    for index in 0..<count {
      let element = unsafe row.loadUnaligned(
        fromByteOffset: index &* MemoryLayout<Element>.size, as: Element.self)
      unsafe values[index] = combine(values[index], lift(element))
    }
  }

  /// Folds `count` elements that follow one another.
  @inline(__always)
  static func fold(_ row: UnsafeRawPointer, _ count: Int) -> Value {
    if count < lanes {
      var value = identity
      for index in 0..<count {
        let element = unsafe row.loadUnaligned(
          fromByteOffset: index &* MemoryLayout<Element>.size, as: Element.self)
        value = combine(value, lift(element))
      }
      return value
    }
    return unsafe withUnsafeTemporaryAllocation(of: Value.self, capacity: 64) { buffer in
      // Room for exactly the lanes.
      let values = unsafe buffer.baseAddress!
      unsafe values.initialize(repeating: identity, count: 64)
      for start in stride(from: 0, to: count &- 63, by: 64) {
        unsafe combine(values, with: row + start &* MemoryLayout<Element>.size, 64)
      }
      let rest = count & 63
      unsafe combine(values, with: row + (count &- rest) &* MemoryLayout<Element>.size, rest)
      var width = 32
      while width > 0 {
        for lane in 0..<width { unsafe values[lane] = combine(values[lane], values[lane &+ width]) }
        width /= 2
      }
      return unsafe values[0]
    }
  }
}

/// Integers, to 64 bits, which wrap around.
enum IntegerSum<Element: FixedWidthInteger & BitwiseCopyable>: Fold {
  static var valueType: ElementType { Element.isSigned ? .int64 : .uint64 }
  static var identity: Int64 { 0 }
  @inline(__always) static func lift(_ element: Element) -> Int64 { Int64(truncatingIfNeeded: element) }
  @inline(__always) static func combine(_ a: Int64, _ b: Int64) -> Int64 { a &+ b }
}

enum IntegerProduct<Element: FixedWidthInteger & BitwiseCopyable>: Fold {
  static var valueType: ElementType { Element.isSigned ? .int64 : .uint64 }
  static var identity: Int64 { 1 }
  @inline(__always) static func lift(_ element: Element) -> Int64 { Int64(truncatingIfNeeded: element) }
  @inline(__always) static func combine(_ a: Int64, _ b: Int64) -> Int64 { a &* b }
}

enum IntegerMinimum<Element: FixedWidthInteger & BitwiseCopyable & TensorElement>: Fold {
  static var valueType: ElementType { Element.elementType }
  static var identity: Element { .max }
  @inline(__always) static func lift(_ element: Element) -> Element { element }
  @inline(__always) static func combine(_ a: Element, _ b: Element) -> Element { a < b ? a : b }
}

enum IntegerMaximum<Element: FixedWidthInteger & BitwiseCopyable & TensorElement>: Fold {
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
  @inline(__always) static func lift(_ element: Element) -> Double { element == element ? Double(element) : 0 }
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
