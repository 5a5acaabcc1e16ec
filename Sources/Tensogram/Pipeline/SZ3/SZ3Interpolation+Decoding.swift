extension SZ3Interpolation {
  /// Decodes the content of an interpolation stream (specification §6.1).
  static func decode<Element: SZ3Element>(
    _ reader: inout SZ3Reader, into output: inout SZ3Elements<Element>
  ) throws(TensogramError) {
    let count = output.count
    let scheme = try SZ3Interpolation(&reader, count: count)
    let quantizer = try SZ3Quantizer<Element>(&reader, limit: count)
    let grid = scheme.grid(count: count, bound: quantizer.bound)
    if quantizer.hasNarrowCodes {
      let codes = try SZ3CodeBuffer<UInt16>(mainCodes: &reader, quantizer, count: count)
      try grid.decode(codes.span, quantizer, into: &output, workers: reader.workers)
    } else {
      let codes = try SZ3CodeBuffer<UInt32>(mainCodes: &reader, quantizer, count: count)
      try grid.decode(codes.span, quantizer, into: &output, workers: reader.workers)
    }
  }

  /// Reads the part in front of the quantizer.
  init(_ reader: inout SZ3Reader, count: Int) throws(TensogramError) {
    _ = try reader.count("dimension", in: count...count)
    let blockLength: UInt32 = try reader.integer("block length")
    guard blockLength % 2 == 0, (2...1 << 31).contains(blockLength) else {
      throw .sz3("block length \(blockLength), must be even and 2 to 2^31")
    }
    let interpolant: UInt32 = try reader.integer("interpolant")
    guard interpolant <= 1 else { throw .sz3("interpolant \(interpolant), must be 0 or 1") }
    let direction: UInt32 = try reader.integer("direction")
    guard direction == 0 else { throw .sz3("direction \(direction), must be 0") }
    let distance: UInt64 = try reader.integer("anchor distance")
    guard distance & (distance &- 1) == 0 else { throw .sz3("anchor distance \(distance), must be a power of two") }
    alpha = try reader.double("alpha")
    beta = try reader.double("beta")
    guard alpha.isFinite, beta.isFinite else { throw .sz3("level bounds by \(alpha) and \(beta), must be finite") }
    isCubic = interpolant == 1
    self.blockLength = Int(blockLength)
    anchorDistance = Int(clamping: distance)
  }
}

extension SZ3Grid {
  fileprivate func decode<Element: SZ3Element, Code: SZ3Code>(
    _ codes: Span<Code>, _ quantizer: SZ3Quantizer<Element>, into output: inout SZ3Elements<Element>,
    workers: Workers
  ) throws(TensogramError) {
    // Anchors take a value whatever their code is; a first element without anchors, if its code is 0.
    var usedValues = max(anchorCount, codes.countOfZeros(in: 0..<1))
    // The number of the next unpredictable value of each level.
    var nextValues: [Int] = []
    for level in levels {
      nextValues.append(usedValues)
      usedValues += codes.countOfZeros(in: level.codes)
    }
    try quantizer.checkValues(needed: usedValues)

    for anchor in 0..<anchorCount { output[anchor * anchorDistance] = quantizer.value(anchor) }
    if anchorCount == 0 {
      var coder = SZ3Dequantization(codes.extracting(0..<1), quantizer, bound: bound)
      output[0] = coder.code(0, prediction: 0)
    }
    for tile in tiles {
      try workers.checkCancelled()
      var elements = output.extracting(tile)
      for (index, level) in levels.enumerated() {
        var coder = SZ3Dequantization(
          codes.extracting(codeRange(of: level, tile: tile)), quantizer, bound: level.bound,
          firstValue: nextValues[index])
        traverse(level, of: &elements, &coder)
        nextValues[index] = coder.nextValue
      }
    }
  }
}
