/// The linear quantizer's part of a stream: its bound, its radius, and the values that it could not predict
/// (specification §5.1).
struct SZ3Quantizer<Element: SZ3Element>: ~Escapable {
  private static var tag: UInt8 { 2 }

  /// The base bound: codes are multiples of twice this.
  let bound: Double
  /// Codes are below twice this; the code of a correct prediction.
  let radius: Int
  /// Elements, little-endian, in the order of their codes 0.
  private let values: RawSpan
  let valueCount: Int

  /// Reads a quantizer of at most `limit` unpredictable values.
  @_lifetime(copy reader)
  init(_ reader: inout SZ3Reader, limit: Int) throws(TensogramError) {
    let tag: UInt8 = try reader.integer("quantizer tag")
    guard tag == Self.tag else { throw .sz3("quantizer of kind \(tag), must be \(Self.tag)") }
    bound = try reader.double("quantizer bound")
    let radius: Int32 = try reader.integer("quantizer radius")
    guard (1...1 << 30).contains(radius) else { throw .sz3("quantizer radius \(radius), must be 1 to 2^30") }
    self.radius = Int(radius)
    valueCount = try reader.count("number of unpredictable values", in: 0...limit)
    values = try reader.items(valueCount, of: Element.width, "unpredictable values")
  }

  @inline(__always)
  func value(_ index: Int) -> Element { values.element(index, as: Element.self).littleEndian }

  /// Whether 16 bits hold every code.
  var hasNarrowCodes: Bool { 2 * radius <= 1 << 16 }

  /// Throws unless there is a value for each code 0.
  func checkValues<Code: SZ3Code>(for codes: Span<Code>) throws(TensogramError) {
    try checkValues(needed: codes.countOfZeros(in: 0..<codes.count))
  }

  func checkValues(needed: Int) throws(TensogramError) {
    guard needed <= valueCount else {
      throw .sz3("\(needed) elements are marked unpredictable, \(valueCount) values are there")
    }
  }

  /// Writes a quantizer with the radius of ``SZ3Quantization``.
  static func write(bound: Double, values: [Element], to writer: inout SZ3Writer) {
    writer.append(tag)
    writer.append(bound)
    writer.append(Int32(SZ3Quantization<Element>.radius))
    writer.append(UInt64(values.count))
    writer.append(values)
  }
}

/// Turns predictions into elements: what the traversals of ``SZ3Interpolation`` and ``SZ3Blockwise`` do at each element,
/// in the order of the stream.
protocol SZ3Coder: ~Copyable, ~Escapable {
  associatedtype Element: SZ3Element

  /// The element as decoding gives it. `element` is what stands in its place: the original when encoding.
  mutating func code(_ element: Element, prediction: Element) -> Element
}
