/// Fills missing values forward: carries the last value and how many have been filled since.
@safe
final class FillScan: ScanState {
  private let limit: Int
  private let fill:
    @Sendable (ScanWalk.Line, _ last: UnsafeMutableRawPointer, _ filled: UnsafeMutablePointer<Int>, Int) -> Void
  private let lasts: Tensor
  private let fills: Tensor

  init<Element: RealNumber & TensorElement>(_ type: Element.Type, shape: [Int], limit: Int) {
    self.limit = limit
    unsafe fill = { line, lasts, fills, limit in unsafe Element.fill(line, lasts, fills, limit) }
    lasts = Tensor(Element.elementType, shape)
    // Without a limit nobody counts.
    fills = Tensor(.int64, limit == .max ? [0] : shape)
    super.init(shape: shape, working: Element.elementType)
    let missing = Tensor(Element.elementType, [])
    unsafe missing.start.storeBytes(of: Element.nan, as: Element.self)
    Copy.apply(missing.broadcast(to: shape), into: lasts)
    Copy.apply(Tensor.zero(.int64).broadcast(to: fills.shape), into: fills)
  }

  private init(_ other: FillScan) {
    limit = other.limit
    unsafe fill = other.fill
    lasts = Tensor(other.lasts.elementType, other.shape)
    fills = Tensor(.int64, other.fills.shape)
    super.init(shape: other.shape, working: other.working)
    Copy.apply(other.lasts, into: lasts)
    Copy.apply(other.fills, into: fills)
  }

  override func copy() -> ScanState { FillScan(self) }

  override func scan(_ input: Tensor, _ axis: Int, _ output: Tensor, _ position: [Int]) {
    // As many as the state has places.
    let (last, filled) = unsafe (lasts.start, fills.start.assumingMemoryBound(to: Int.self))
    ScanWalk(input, axis, output, position, shape).forEach { line in unsafe fill(line, last, filled, limit) }
  }
}

extension RealNumber {
  /// Fills the line from the last values at its places, of which some have been filled already.
  fileprivate static func fill(
    _ line: ScanWalk.Line, _ lasts: UnsafeMutableRawPointer, _ fills: UnsafeMutablePointer<Int>, _ limit: Int
  ) {
    let lasts = unsafe lasts.assumingMemoryBound(to: Self.self)
    if limit == .max { return unsafe fillAll(line, lasts) }
    for index in 0..<line.count {
      let place = line.place &+ index &* line.placeStep
      let value = unsafe line.input.loadUnaligned(fromByteOffset: index &* line.inputStep, as: Self.self)
      let isMissing = value != value
      let (last, filled) = unsafe (lasts[place], fills[place])
      let result = isMissing && filled < limit ? last : value
      unsafe lasts[place] = isMissing ? last : value
      unsafe fills[place] = isMissing ? filled &+ 1 : 0
      unsafe line.output.storeBytes(of: result, toByteOffset: index &* line.outputStep, as: Self.self)
    }
  }

  /// As ``fill(_:_:_:_:)`` without a limit, so that nothing is counted.
  private static func fillAll(_ line: ScanWalk.Line, _ lasts: UnsafeMutablePointer<Self>) {
    let size = MemoryLayout<Self>.size
    if line.isDense(size, size) {
      unsafe fillAll(line, lasts, steps: (size, size, 1))
    } else {
      unsafe fillAll(line, lasts, steps: (line.inputStep, line.outputStep, line.placeStep))
    }
  }

  /// The compiler makes vectors where it knows the steps.
  @inline(__always)
  private static func fillAll(
    _ line: ScanWalk.Line, _ lasts: UnsafeMutablePointer<Self>, steps: (input: Int, output: Int, place: Int)
  ) {
    let lasts = unsafe lasts + line.place
    for index in 0..<line.count {
      let value = unsafe line.input.loadUnaligned(fromByteOffset: index &* steps.input, as: Self.self)
      let result = unsafe value != value ? lasts[index &* steps.place] : value
      unsafe lasts[index &* steps.place] = result
      unsafe line.output.storeBytes(of: result, toByteOffset: index &* steps.output, as: Self.self)
    }
  }
}
