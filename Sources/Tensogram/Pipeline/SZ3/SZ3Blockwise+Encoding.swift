extension SZ3Blockwise {
  /// What is written: both Lorenzo orders.
  static let lorenzo: SZ3Config.Predictors = [.firstOrder, .secondOrder]

  init(_ flags: SZ3Config.Predictors, count: Int) { self.init(flags, blockSize: 128, count: count) }

  /// Quantizes an array, each block with the order that fits its original elements better.
  func quantize<Element: SZ3Element>(
    _ input: RawSpan, bound: Double, as type: Element.Type = Element.self
  ) throws(TensogramError) -> SZ3Quantized<Element> {
    var codes = [UInt16](repeating: 0, count: count)
    var coder = SZ3Quantization<Element>(codes.mutableSpan, bound: bound)
    var selection: [UInt16] = []
    selection.reserveCapacity(blockCount)
    var history = SZ3History<Element>()
    // One block, which is changed to what decoding gives.
    var memory = try ScratchBuffer(byteCount: blockSize * Element.width)
    for index in 0..<blockCount {
      let block = self.block(index)
      var bytes = memory.mutableBytes
      bytes.copy(input.extracting(block.lowerBound * Element.width..<block.upperBound * Element.width))
      var elements = SZ3Elements<Element>(bytes)
      let range = 0..<block.count
      if Self.fitsSecondOrder(block, of: input, bound: bound, as: Element.self) {
        selection.append(1)
        code(range, of: &elements, &coder, &history) { history, _ in history.secondOrder }
      } else {
        selection.append(0)
        code(range, of: &elements, &coder, &history) { history, _ in history.firstOrder }
      }
    }
    let unpredictable = coder.unpredictable
    return SZ3Quantized(codes: codes, unpredictable: unpredictable, selection: selection)
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
