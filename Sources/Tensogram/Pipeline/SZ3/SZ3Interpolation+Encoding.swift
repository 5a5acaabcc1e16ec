extension SZ3Interpolation {
  /// Writes the part in front of the quantizer.
  func write(count: Int, to writer: inout SZ3Writer) {
    writer.append(UInt64(count))
    writer.append(UInt32(blockLength))
    writer.append(UInt32(isCubic ? 1 : 0))
    writer.append(0 as UInt32)
    writer.append(UInt64(anchorDistance))
    writer.append(alpha)
    writer.append(beta)
  }
}

extension SZ3Grid {
  /// Quantizes the array that this grid was made for.
  func quantize<Element: SZ3Element>(
    _ input: RawSpan, workers: Workers, as type: Element.Type = Element.self
  ) throws(TensogramError) -> SZ3Quantized<Element> {
    // Anchors have code 0.
    var codes = [UInt16](repeating: 0, count: count)
    var codeSpan = codes.mutableSpan
    var unpredictable = (0..<anchorCount).map { input.element($0 * anchorDistance, as: Element.self) }
    // Those of the levels stand one level after another in the stream, but are met tile by tile.
    var levelUnpredictable = [[Element]](repeating: [], count: levels.count)
    var memory = try ScratchBuffer(byteCount: min(tileSpan + 1, count) * Element.width)
    for tile in tiles {
      try workers.checkCancelled()
      var memoryBytes = memory.mutableBytes
      var bytes = memoryBytes._mutatingExtracting(0..<tile.count * Element.width)
      bytes.copy(input.extracting(tile.lowerBound * Element.width..<tile.upperBound * Element.width))
      var elements = SZ3Elements<Element>(bytes)
      if anchorCount == 0 {
        var coder = SZ3Quantization<Element>(codeSpan._mutatingExtracting(0..<1), bound: bound)
        elements[0] = coder.code(elements[0], prediction: 0)
        unpredictable += coder.unpredictable
      }
      for (index, level) in levels.enumerated() {
        var coder = SZ3Quantization<Element>(
          codeSpan._mutatingExtracting(codeRange(of: level, tile: tile)), bound: level.bound)
        traverse(level, of: &elements, &coder)
        levelUnpredictable[index] += coder.unpredictable
      }
    }
    return SZ3Quantized(codes: codes, unpredictable: unpredictable + levelUnpredictable.joined())
  }
}
