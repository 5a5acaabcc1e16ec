/// Prediction block by block, each with the best of a few predictors (specification §7).
struct SZ3Blockwise {
  enum Predictor { case firstOrder, secondOrder, regression }

  /// Blocks that are coded between two looks at whether the caller wants to stop.
  static let blocksPerLook = 1024

  /// In the order that the selection numbers them.
  let predictors: [Predictor]
  let blockSize: Int
  let count: Int

  init(_ config: SZ3Config) {
    self.init(config.predictors, blockSize: config.blockSize, count: config.count)
  }

  init(_ flags: SZ3Config.Predictors, blockSize: Int, count: Int) {
    predictors = [
      flags.contains(.firstOrder) ? .firstOrder : nil, flags.contains(.secondOrder) ? .secondOrder : nil,
      flags.contains(.regression) ? .regression : nil,
    ].compactMap { $0 }
    self.blockSize = blockSize
    self.count = count
  }

  var blockCount: Int { (count - 1) / blockSize + 1 }

  func block(_ index: Int) -> Range<Int> {
    let start = index * blockSize
    return start..<(blockSize < count - start ? start + blockSize : count)
  }
}

/// The two elements before the next one; 0 before the first (Lorenzo predictors, specification §7.2).
struct SZ3History<Element: SZ3Element> {
  private(set) var last: Element = 0
  private(set) var secondLast: Element = 0

  var firstOrder: Element { last }
  var secondOrder: Element { 2 * last - secondLast }

  @inline(__always)
  mutating func append(_ element: Element) { (secondLast, last) = (last, element) }
}
