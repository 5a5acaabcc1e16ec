/// Fills missing values forward: carries the last value and how many have been filled since.
final class FillScan<Element: RealNumber & TensorElement>: ScanState {
  private let limit: Int
  private let lasts: Tensor
  private let fills: Tensor

  init(shape: [Int], limit: Int) {
    self.limit = limit
    lasts = Tensor(Element.elementType, shape)
    fills = Tensor(.int64, shape)
    super.init(shape: shape, working: Element.elementType)
    unsafe last.initialize(repeating: .nan, count: lasts.count)
    unsafe filled.initialize(repeating: 0, count: fills.count)
  }

  override func copy() -> ScanState {
    let copy = FillScan<Element>(shape: shape, limit: limit)
    Copy.apply(lasts, into: copy.lasts)
    Copy.apply(fills, into: copy.fills)
    return copy
  }

  /// As many as the state has places.
  private var last: UnsafeMutablePointer<Element> { unsafe lasts.start.assumingMemoryBound(to: Element.self) }
  private var filled: UnsafeMutablePointer<Int> { unsafe fills.start.assumingMemoryBound(to: Int.self) }

  override func scan(_ input: Tensor, _ axis: Int, _ output: Tensor, _ position: [Int]) {
    ScanWalk(input, axis, output, position, shape).forEach { line in
      for index in 0..<line.count {
        let place = line.place + index * line.placeStep
        var value = unsafe line.input.loadUnaligned(fromByteOffset: index * line.inputStep, as: Element.self)
        if !value.isNaN {
          unsafe last[place] = value
          unsafe filled[place] = 0
        } else if unsafe filled[place] < limit {
          value = unsafe last[place]
          unsafe filled[place] += 1
        }
        unsafe line.output.storeBytes(of: value, toByteOffset: index * line.outputStep, as: Element.self)
      }
    }
  }
}
