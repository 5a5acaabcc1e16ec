extension SZ3Blockwise {
  /// What is written: both Lorenzo orders.
  static let lorenzo: SZ3Config.Predictors = [.firstOrder, .secondOrder]

  init(_ flags: SZ3Config.Predictors, count: Int) { self.init(flags, blockSize: 128, count: count) }

  /// Quantizes an array, each block with the order that fits its original elements better.
  func quantize<Element: SZ3Element>(
    _ input: RawSpan, bound: Double, workers: Workers, as type: Element.Type = Element.self
  ) throws(TensogramError) -> SZ3Quantized<Element> {
    var codes = [UInt16](repeating: 0, count: count)
    var coder = SZ3Quantization<Element>(codes.mutableSpan, bound: bound)
    var selection: [UInt16] = []
    selection.reserveCapacity(blockCount)
    var history = SZ3History<Element>()
    for index in 0..<blockCount {
      if index % Self.blocksPerLook == 0 { try workers.checkCancelled() }
      let block = self.block(index)
      if Self.fitsSecondOrder(block, of: input, bound: bound, as: Element.self) {
        selection.append(1)
        Self.codeSecondOrder(block, of: input, &coder, &history)
      } else {
        selection.append(0)
        Self.codeFirstOrder(block, of: input, &coder, &history)
      }
    }
    let unpredictable = coder.unpredictable
    return SZ3Quantized(codes: codes, unpredictable: unpredictable, selection: selection)
  }

  // Each element is predicted from the decoded ones before it, which would make a processor wait for each in turn. But
  // these are whole steps from where they started, so the number of steps of each can be had from the original alone,
  // and the chain is one addition. Where rounding makes that break the bound, it is done again the plain way.

  @inline(__always)
  private static func codeFirstOrder<Element: SZ3Element>(
    _ block: Range<Int>, of input: RawSpan, _ coder: inout SZ3Quantization<Element>,
    _ history: inout SZ3History<Element>
  ) {
    var origin = history.last.widened
    var lastSteps = 0.0
    for index in block {
      let element: Element = input.element(index)
      let steps = coder.steps(element.widened - origin)
      if let decoded = coder.code(element, prediction: history.firstOrder, steps: steps - lastSteps) {
        history.append(decoded)
        lastSteps = steps
      } else {
        history.append(coder.code(element, prediction: history.firstOrder))
        origin = history.last.widened
        lastSteps = 0
      }
    }
  }

  @inline(__always)
  private static func codeSecondOrder<Element: SZ3Element>(
    _ block: Range<Int>, of input: RawSpan, _ coder: inout SZ3Quantization<Element>,
    _ history: inout SZ3History<Element>
  ) {
    // Steps are from the straight line through the last two elements.
    var origin = history.last.widened
    var slope = origin - history.secondLast.widened
    var distance = 0.0
    var (lastSteps, secondLastSteps) = (0.0, 0.0)
    for index in block {
      let element: Element = input.element(index)
      distance += 1
      let steps = coder.steps(element.widened - (origin + slope * distance))
      let change = steps - 2 * lastSteps + secondLastSteps
      if let decoded = coder.code(element, prediction: history.secondOrder, steps: change) {
        history.append(decoded)
        (secondLastSteps, lastSteps) = (lastSteps, steps)
      } else {
        history.append(coder.code(element, prediction: history.secondOrder))
        origin = history.last.widened
        slope = origin - history.secondLast.widened
        distance = 0
        (secondLastSteps, lastSteps) = (0, 0)
      }
    }
  }

  /// Whether the second order predicts a block better than the first, with the noise that quantization adds to the
  /// elements it predicts from (specification §11.3).
  private static func fitsSecondOrder<Element: SZ3Element>(
    _ block: Range<Int>, of input: RawSpan, bound: Double, as type: Element.Type
  ) -> Bool {
    var before = block.lowerBound >= 2 ? input.element(block.lowerBound - 2, as: Element.self).widened : 0
    var last = block.lowerBound >= 1 ? input.element(block.lowerBound - 1, as: Element.self).widened : 0
    var first = 0.5 * bound * Double(block.count)
    var second = 1.08 * bound * Double(block.count)
    for index in block {
      let x = input.element(index, as: Element.self).widened
      first += abs(x - last)
      second += abs(x - 2 * last + before)
      (before, last) = (last, x)
    }
    return second < first
  }
}
