/// What SZ3 compresses: `Double` or `Float`, with the few conversions that its arithmetic needs.
///
/// Predictions are computed in the element type, quantized reconstruction in double precision; each operation is rounded
/// on its own (specification §9, §14).
protocol SZ3Element: BinaryFloatingPoint, BitwiseCopyable, Sendable {
  /// Its number in the stream's config.
  static var dataType: UInt8 { get }
  static var dtype: DType { get }

  var widened: Double { get }
  init(rounding value: Double)
  /// The same bits with their bytes reversed where this machine is not little-endian; streams are.
  var littleEndian: Self { get }
}

extension SZ3Element {
  static var width: Int { MemoryLayout<Self>.size }
}

extension Double: SZ3Element {
  static var dataType: UInt8 { 1 }
  static var dtype: DType { .float64 }
  var widened: Double { self }
  init(rounding value: Double) { self = value }
  var littleEndian: Double { Double(bitPattern: bitPattern.littleEndian) }
}

extension Float: SZ3Element {
  static var dataType: UInt8 { 0 }
  static var dtype: DType { .float32 }
  var widened: Double { Double(self) }
  init(rounding value: Double) { self = Float(value) }
  var littleEndian: Float { Float(bitPattern: bitPattern.littleEndian) }
}

extension RawSpan {
  /// Element `index` of an array in this machine's byte order, at any alignment.
  @inline(__always)
  func element<Element: SZ3Element>(_ index: Int, as type: Element.Type = Element.self) -> Element {
    // Every bit pattern is a float; the bounds are checked.
    unsafe unsafeLoadUnaligned(fromByteOffset: index &* Element.width, as: Element.self)
  }
}

/// Elements that a kernel reads and writes in place, in this machine's byte order, at any alignment.
struct SZ3Elements<Element: SZ3Element>: ~Copyable, ~Escapable {
  private var bytes: MutableRawSpan
  let count: Int

  @_lifetime(copy bytes)
  init(_ bytes: consuming MutableRawSpan) {
    count = bytes.byteCount / Element.width
    self.bytes = bytes
  }

  @inline(__always)
  subscript(index: Int) -> Element {
    // Every bit pattern is a float; the bounds are checked.
    get { unsafe bytes.unsafeLoadUnaligned(fromByteOffset: index &* Element.width, as: Element.self) }
    set { bytes.storeBytes(of: newValue, toByteOffset: index &* Element.width, as: Element.self) }
  }

  /// The elements of `range`, numbered from 0.
  @_lifetime(&self)
  mutating func extracting(_ range: Range<Int>) -> SZ3Elements {
    SZ3Elements(bytes._mutatingExtracting(range.lowerBound * Element.width..<range.upperBound * Element.width))
  }
}
