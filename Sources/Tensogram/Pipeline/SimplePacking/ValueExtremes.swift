import Synchronization

/// The least and greatest of finite float64 values.
struct ValueExtremes: Sendable {
  var minimum: Double
  var maximum: Double

  /// One pass for both, which finds NaN and infinities too: an encoding error with kind and index. `nil` for no values.
  ///
  /// Of zeros with different signs the first counts.
  static func find(in values: RawSpan, order: ByteOrder, workers: Workers) throws(TensogramError) -> ValueExtremes? {
    let count = values.byteCount / 8
    if count == 0 { return nil }
    let merged = Mutex(Accumulator())
    let source = SharedBytes(values)
    try workers.forEachPiece(of: 0..<count, SimplePacking.spanSizes) { range in
      let part = Accumulator(source.bytes.extracting(range.lowerBound * 8..<range.upperBound * 8), order)
      merged.withLock { $0.merge(part) }
    }
    let result = merged.withLock { $0 }
    if result.isFinite {
      return ValueExtremes(
        minimum: firstIfZero(result.minimum, values, order), maximum: firstIfZero(result.maximum, values, order))
    }
    try refuse(in: values, order)
    return nil
  }

  private static func refuse(in values: RawSpan, _ order: ByteOrder) throws(TensogramError) {
    guard let found = NonFinite.first(in: values, dtype: .float64, byteOrder: order) else { return }
    let value = found.kind == .nan ? "a NaN value" : "an infinite value"
    throw .encoding(
      "\(found.kind) at element \(found.index) of float64 data: simple_packing computes no scale for \(value)")
  }

  private static func firstIfZero(_ extreme: Double, _ values: RawSpan, _ order: ByteOrder) -> Double {
    guard extreme == 0 else { return extreme }
    for index in 0..<values.byteCount / 8 {
      let value = values.float64(at: index * 8, order)
      if value == 0 { return value }
    }
    return extreme
  }
}

/// What has been seen so far; lane by lane, so that no value waits for the one before.
private struct Accumulator: Sendable {
  typealias Lanes = SIMD8<Double>

  var low = Lanes(repeating: .infinity)
  var high = Lanes(repeating: -.infinity)
  /// 0 unless a value was not finite: NaN and infinities times 0 are NaN, and NaN stays.
  var poison = Lanes(repeating: 0)

  init() {}

  /// Of all values in `bytes`.
  init(_ bytes: RawSpan, _ order: ByteOrder) {
    let groupSize = MemoryLayout<Lanes>.size
    let groups = bytes.byteCount / groupSize
    if order == .native {
      addGroups(bytes.extracting(0..<groups * groupSize))
    } else {
      for group in 0..<groups {
        var lanes = Lanes()
        for lane in 0..<Lanes.scalarCount { lanes[lane] = bytes.float64(at: group * groupSize + lane * 8, order) }
        add(lanes)
      }
    }
    for offset in stride(from: groups * groupSize, to: bytes.byteCount, by: 8) {
      add(Lanes(repeating: bytes.float64(at: offset, order)))
    }
  }

  private mutating func addGroups(_ bytes: RawSpan) {
    unsafe bytes.withUnsafeBytes { bytes in
      for offset in stride(from: 0, to: bytes.count, by: MemoryLayout<Lanes>.size) {
        // Whole groups within the buffer.
        add(unsafe bytes.baseAddress!.loadUnaligned(fromByteOffset: offset, as: Lanes.self))
      }
    }
  }

  @inline(__always)
  private mutating func add(_ lanes: Lanes) {
    low.replace(with: lanes, where: lanes .< low)
    high.replace(with: lanes, where: lanes .> high)
    poison += lanes * 0
  }

  mutating func merge(_ other: Accumulator) {
    low.replace(with: other.low, where: other.low .< low)
    high.replace(with: other.high, where: other.high .> high)
    poison += other.poison
  }

  var isFinite: Bool { poison.sum() == 0 }
  var minimum: Double { low.min() }
  var maximum: Double { high.max() }
}
