@testable import Tensogram

/// Arrays that each give the codec something else to do.
enum SZ3Sample: CaseIterable {
  case parabolas, noise, walk, constant, zeros, steps, outliers, signedZeros, integers, offset, tiny, subnormal, huge

  func values(_ count: Int) -> [Double] {
    var random = SeededGenerator(seed: UInt64(count))
    var sum = 0.0
    func uniform() -> Double { Double.random(in: -1...1, using: &random) }
    return (0..<count).map { index in
      let phase = Double(index % 200) / 100 - 1
      switch self {
      case .parabolas: return 280 + 15 * phase * phase * (index / 200 % 2 == 0 ? 1 : -1)
      case .noise: return uniform() * 5
      case .walk:
        sum += uniform()
        return sum
      case .constant: return 3.7
      case .zeros: return 0
      case .steps: return Double(index / 20 * 37 % 101) * 40
      case .outliers: return phase + (index % 50 == 7 ? 1e12 * uniform() : 0)
      case .signedZeros: return index % 11 == 3 ? 1e9 : index % 3 == 0 ? -0.0 : 0
      case .integers: return (uniform() * 5).rounded()
      case .offset: return 1e15 + phase * 100
      case .tiny: return uniform() * 1e-300
      case .subnormal: return (uniform() * 999).rounded() * Double.leastNonzeroMagnitude
      case .huge: return uniform() * 1.79e308
      }
    }
  }
}

extension SZ3 {
  static func encode<Element: SZ3Element>(
    _ values: [Element], _ mode: SZ3ErrorBound.Mode = .abs, _ bound: Double = 0.01
  ) throws -> [UInt8] {
    try SZ3(SZ3ErrorBound(mode, bound), dtype: Element.dtype).encoded(bytes(of: values), workers: Workers())
  }

  static func decode<Element: SZ3Element>(
    _ payload: [UInt8], count: Int, as type: Element.Type = Element.self
  ) throws -> [Element] {
    let stage = try SZ3(SZ3ErrorBound(.abs, 1), dtype: Element.dtype)
    let elements = try stage.decoded(payload, size: count * Element.width, workers: Workers())
    return (0..<count).map { elements.span.bytes.element($0) }
  }

  static func fill(
    _ buffer: inout ScratchBuffer, _ body: (inout MutableRawSpan) throws(TensogramError) -> Void
  ) throws(TensogramError) {
    var bytes = buffer.mutableBytes
    try body(&bytes)
  }
}

/// A stream taken apart, to be changed and put together again.
struct SZ3Parts {
  var config: SZ3Config
  var content: [UInt8]

  init(_ payload: [UInt8]) throws {
    config = try SZ3Stream.config(of: payload.span.bytes)
    let body = try SZ3Stream.body(of: payload.span.bytes)
    var buffer = try ScratchBuffer(byteCount: Int(SZ3Box.claimedSize(body)))
    try SZ3.fill(&buffer) { (bytes) throws(TensogramError) in try SZ3Box.open(body, into: &bytes) }
    content = buffer.array(buffer.count)
  }

  /// Of elements encoded with a predictor that is not the encoder's choice.
  init(_ values: [Double], _ predictor: SZ3Predictor, bound: Double) throws {
    let quantized: SZ3Quantized<Double> = try predictor.quantize(
      values.span.bytes, bound: bound, hasAnchors: values.count > SZ3Predictor.anchorDistance, workers: Workers())
    content = predictor.content(quantized, count: values.count, bound: bound).bytes
    config = SZ3Config(
      count: values.count, algorithm: predictor.algorithm, bound: bound, predictors: predictor.flags, dataType: 1)
  }

  func payload() throws -> [UInt8] {
    let maker = try SZ3Box.Maker()
    guard let box = try maker.box(content.span.bytes) else { return [] }
    var output = try ScratchBuffer(byteCount: SZ3Stream.overhead + box.count)
    let size = try output.withOutput { (output) throws(TensogramError) in
      SZ3Stream.append(box, config, to: &output)
    }
    return output.array(size)
  }
}
