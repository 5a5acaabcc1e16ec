import Synchronization

/// NaN and infinities among elements: the first of them, at the speed of memory.
///
///     NonFinite.first(in: bytes, dtype: .float32, byteOrder: .little)   // e.g. index 7, NaN
///
/// An element is non-finite where its exponent bits are all ones (IEEE 754-2019 §3.4; bfloat16 alike).
public enum NonFinite {
  /// In the order of precedence: a complex number with a part of each kind counts as the first of them.
  public enum Kind: String, CaseIterable, Sendable, CustomStringConvertible {
    case nan = "NaN"
    case positiveInfinity = "+Inf"
    case negativeInfinity = "-Inf"

    public var description: String { rawValue }
  }

  /// The half of a complex number.
  enum Part: String, Sendable { case real, imaginary }

  typealias Found = (index: Int, kind: Kind, part: Part?)

  /// The same by several workers.
  static func first(
    in values: RawSpan, dtype: DType, byteOrder: ByteOrder, workers: Workers
  ) throws(TensogramError) -> Found? {
    let source = SharedBytes(values)
    let first = Mutex<Found?>(nil)
    // Whole elements of any dtype.
    let sizes = PieceSizes(smallest: 1 << 20, largest: 16 << 20, unit: 64)
    try workers.forEachPiece(of: 0..<values.byteCount, sizes) { piece in
      let bytes = source.bytes.extracting(piece)
      guard var found = Self.first(in: bytes, dtype: dtype, byteOrder: byteOrder) else { return }
      found.index += piece.lowerBound / dtype.width
      first.withLock { first in
        if found.index < first?.index ?? Int.max { first = found }
      }
    }
    return first.withLock { $0 }
  }

  /// The first non-finite element of `values`, or `nil` where all are finite or `dtype` knows only finite values.
  ///
  /// A complex element is of the kind that comes first in ``Kind``; `part` is the first half of that kind, and `nil`
  /// for real numbers. Bytes beyond the last whole element are not looked at.
  static func first(
    in values: RawSpan, dtype: DType, byteOrder: ByteOrder
  ) -> Found? {
    guard let layout = FloatLayout(dtype, byteOrder),
      let scalar = ExponentScan.firstScalar(in: values, layout)
    else { return nil }
    let index = scalar / layout.parts
    if layout.parts == 1 { return layout.kind(at: index * layout.width, of: values).map { (index, $0, nil) } }
    // The last element may be cut off in the middle.
    guard (index + 1) * 2 * layout.width <= values.byteCount else { return nil }
    let real = layout.kind(at: index * 2 * layout.width, of: values)
    let imaginary = layout.kind(at: (index * 2 + 1) * layout.width, of: values)
    for kind in Kind.allCases {
      if real == kind { return (index, kind, .real) }
      if imaginary == kind { return (index, kind, .imaginary) }
    }
    return nil
  }
}
