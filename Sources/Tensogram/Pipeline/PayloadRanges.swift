extension CompressionStage {
  /// Blosc2 has its head in front and its table of chunks at the end; what else it needs is read when that is known.
  func payloadRanges(for ranges: [Range<Int>], of decodedSize: Int, payloadSize: Int) -> [Range<Int>] {
    let table = max(payloadSize / 256, 16 << 10)
    return [0..<min(payloadSize, 4 << 10), max(payloadSize - table, 0)..<payloadSize]
  }
}

extension Szip {
  func payloadRanges(for ranges: [Range<Int>], of decodedSize: Int, payloadSize: Int) -> [Range<Int>] {
    guard let offsets, offsets.count > 0 else { return [] }
    let size = parameters.samplesPerInterval * parameters.bytesPerSample
    return ranges.compactMap { range in
      let intervals = range.lowerBound / size..<(range.upperBound - 1) / size + 1
      guard !range.isEmpty, intervals.upperBound <= offsets.count else { return nil }
      return try? offsets.bytes(of: intervals, payloadSize: payloadSize, parameters)
    }
  }
}

extension ZFP {
  func payloadRanges(for ranges: [Range<Int>], of decodedSize: Int, payloadSize: Int) -> [Range<Int>] {
    guard isFixedRate, let bits = try? ZFPCoder(mode, element).blockBits.upperBound else { return [] }
    return ranges.compactMap { range in
      let blocks = range.lowerBound / blockSize..<(range.upperBound - 1) / blockSize + 1
      let (end, overflow) = (blocks.upperBound * bits).roundedUp(to: Self.wordBits).dividedReportingOverflow(by: 8)
      guard !range.isEmpty, !overflow, end <= payloadSize else { return nil }
      return blocks.lowerBound * bits / Self.wordBits * Self.wordSize..<end
    }
  }
}

extension Pipeline {
  /// A payload up to this size is read whole, whatever of it is wanted.
  private static let smallPayload = 256 << 10

  /// Where in the source the bytes are that reading a part of `object` needs, as far as that is known beforehand; nothing
  /// where they are best read straight into the result, or cannot be read in part.
  func payloadRanges(of part: ObjectPart, in object: LocatedObject) throws(TensogramError) -> [Range<Int>] {
    let elements: [Range<Int>]
    switch part {
    case .all: return isIdentity && object.descriptor.masks == nil ? [] : [object.payloadRegion]
    case .elements(let ranges): elements = ranges.filter { !$0.isEmpty }
    case .selection(let selection): elements = covers(selection, of: object.descriptor.shape)
    }
    if elements.isEmpty { return [] }
    if answersRangesFromAll || object.payloadRegion.count <= Self.smallPayload { return [object.payloadRegion] }
    guard supportsRanges, elements.allSatisfy({ $0.lowerBound >= 0 && $0.upperBound <= count }) else { return [] }
    let masks = object.payload.upperBound..<object.payloadRegion.upperBound
    return try payloadRanges(of: elements, payloadSize: object.payload.count).map {
      object.payload.lowerBound + $0.lowerBound..<object.payload.lowerBound + $0.upperBound
    }.map { $0.clamped(to: object.payload) } + [masks]
  }

  private func payloadRanges(of elements: [Range<Int>], payloadSize: Int) throws(TensogramError) -> [Range<Int>] {
    var bytes: [Range<Int>] = []
    bytes.reserveCapacity(elements.count)
    let parameters = try packing?.requireParameters()
    for range in elements {
      bytes.append(parameters?.packedBytes(range) ?? range.lowerBound * dtype.width..<range.upperBound * dtype.width)
    }
    guard let compression else { return bytes }
    return compression.payloadRanges(for: bytes, of: encodedSize, payloadSize: payloadSize)
  }

  /// Ranges of elements that cover a selection, in order, with gaps between them that are worth a request each.
  private func covers(_ selection: Selection, of shape: Shape) -> [Range<Int>] {
    if selection.count == 0 { return [] }
    let largestGap = RequestPlan.largestGap / max(dtype.width, 1)
    // Per axis, from the innermost: what one index of it covers, relative to its start, and whether without such gaps.
    var inner: [(cover: Range<Int>, isSolid: Bool)] = [(0..<1, true)]
    for (axis, stride) in zip(selection.axes, shape.strides).reversed() {
      let (cover, isSolid) = inner[0]
      let gap = axis.count > 1 ? abs(axis.step) * stride - cover.count : 0
      let low = axis.bounds.lowerBound * stride + cover.lowerBound
      let high = axis.bounds.upperBound * stride + cover.upperBound
      inner.insert((low..<high, isSolid && gap <= largestGap), at: 0)
    }
    var covers: [Range<Int>] = []
    addCovers(axis: 0, origin: 0, selection, shape.strides, inner, &covers)
    return covers
  }

  private func addCovers(
    axis number: Int, origin: Int, _ selection: Selection, _ strides: [Int],
    _ inner: [(cover: Range<Int>, isSolid: Bool)], _ covers: inout [Range<Int>]
  ) {
    let (cover, isSolid) = inner[number]
    if isSolid { return covers.append(origin + cover.lowerBound..<origin + cover.upperBound) }
    let axis = selection.axes[number]
    for step in 0..<axis.count {
      let index = axis.step > 0 ? axis.start + step * axis.step : axis.bounds.lowerBound - step * axis.step
      addCovers(axis: number + 1, origin: origin + index * strides[number], selection, strides, inner, &covers)
    }
  }
}
