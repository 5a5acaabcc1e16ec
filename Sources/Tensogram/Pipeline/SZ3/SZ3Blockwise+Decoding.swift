extension SZ3Blockwise {
  /// The prediction of a block: slope · j + intercept for its element j.
  private typealias Line<Element> = (slope: Element, intercept: Element)

  /// Decodes the content of a block-wise stream.
  func decode<Element: SZ3Element>(
    _ reader: inout SZ3Reader, into output: inout SZ3Elements<Element>
  ) throws(TensogramError) {
    let lines: [Line<Element>] = predictors.contains(.regression) ? try self.lines(&reader) : []
    let selection = try self.selection(&reader)
    let quantizer = try SZ3Quantizer<Element>(&reader, limit: count)
    if quantizer.hasNarrowCodes {
      let codes = try SZ3CodeBuffer<UInt16>(mainCodes: &reader, quantizer, count: count)
      try decode(codes.span, quantizer, selection, lines, into: &output, workers: reader.workers)
    } else {
      let codes = try SZ3CodeBuffer<UInt32>(mainCodes: &reader, quantizer, count: count)
      try decode(codes.span, quantizer, selection, lines, into: &output, workers: reader.workers)
    }
  }

  /// The predictor of each block; empty where there is only one.
  private func selection(_ reader: inout SZ3Reader) throws(TensogramError) -> [Predictor] {
    if predictors.count == 1 { return [] }
    _ = try reader.count("number of blocks", in: blockCount...blockCount)
    let numbers = try SZ3CodeBuffer<UInt16>(&reader, count: blockCount, alphabet: predictors.count)
    return (0..<blockCount).map { predictors[Int(numbers.span[$0])] }
  }

  /// The lines of all blocks that have one (specification §7.3).
  private func lines<Element: SZ3Element>(_ reader: inout SZ3Reader) throws(TensogramError) -> [Line<Element>] {
    let codeCount = try reader.count("number of coefficients", in: 0...2 * blockCount)
    guard codeCount % 2 == 0 else { throw .sz3("\(codeCount) coefficients, must be two for each block") }
    if codeCount == 0 { return [] }
    let intercepts = try SZ3Quantizer<Element>(&reader, limit: codeCount)
    let slopes = try SZ3Quantizer<Element>(&reader, limit: codeCount)
    let codes = try SZ3CodeBuffer<UInt32>(
      &reader, count: codeCount, alphabet: 2 * max(intercepts.radius, slopes.radius))
    let slopeCodes = (0..<codeCount / 2).map { codes.span[2 * $0] }
    let interceptCodes = (0..<codeCount / 2).map { codes.span[2 * $0 + 1] }
    try slopes.checkValues(for: slopeCodes.span)
    try intercepts.checkValues(for: interceptCodes.span)

    var slopeCoder = SZ3Dequantization(slopeCodes.span, slopes, bound: slopes.bound)
    var interceptCoder = SZ3Dequantization(interceptCodes.span, intercepts, bound: intercepts.bound)
    var lines: [Line<Element>] = []
    lines.reserveCapacity(codeCount / 2)
    var line: Line<Element> = (0, 0)
    for _ in 0..<codeCount / 2 {
      line.slope = slopeCoder.code(0, prediction: line.slope)
      line.intercept = interceptCoder.code(0, prediction: line.intercept)
      lines.append(line)
    }
    return lines
  }

  private func decode<Element: SZ3Element, Code: SZ3Code>(
    _ codes: Span<Code>, _ quantizer: SZ3Quantizer<Element>, _ selection: [Predictor], _ lines: [Line<Element>],
    into output: inout SZ3Elements<Element>, workers: Workers
  ) throws(TensogramError) {
    try quantizer.checkValues(for: codes)
    var coder = SZ3Dequantization(codes, quantizer, bound: quantizer.bound)
    var history = SZ3History<Element>()
    var nextLine = 0
    for index in 0..<blockCount {
      if index % Self.blocksPerLook == 0 { try workers.checkCancelled() }
      let block = self.block(index)
      let selected = selection.isEmpty ? predictors[0] : selection[index]
      // A line through one point is no prediction.
      switch selected == .regression && block.count == 1 ? .firstOrder : selected {
      case .firstOrder: code(block, of: &output, &coder, &history) { history, _ in history.firstOrder }
      case .secondOrder: code(block, of: &output, &coder, &history) { history, _ in history.secondOrder }
      case .regression:
        guard nextLine < lines.count else {
          throw .sz3("coefficients of \(lines.count) blocks, block \(index) needs more")
        }
        let line = lines[nextLine]
        nextLine += 1
        code(block, of: &output, &coder, &history) { _, offset in line.slope * Element(offset) + line.intercept }
      }
    }
  }

  /// Lets `coder` make the elements of a block, one after another.
  @inline(__always)
  private func code<Coder: SZ3Coder & ~Copyable & ~Escapable>(
    _ block: Range<Int>, of elements: inout SZ3Elements<Coder.Element>, _ coder: inout Coder,
    _ history: inout SZ3History<Coder.Element>,
    _ prediction: (SZ3History<Coder.Element>, Int) -> Coder.Element
  ) {
    for index in block {
      let element = coder.code(elements[index], prediction: prediction(history, index - block.lowerBound))
      history.append(element)
      elements[index] = element
    }
  }
}
