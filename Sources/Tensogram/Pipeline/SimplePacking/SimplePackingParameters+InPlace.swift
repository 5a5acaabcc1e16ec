/// Unpacking values from the end of the memory that they are to fill, so that decoding needs no buffer for packed ones.
extension SimplePackingParameters {
  /// Elements that are worth unpacking at once, and the most that are unpacked through a copy of their bits.
  private static let steps = 8 << 10...64 << 10

  /// Unpacks `elements` into the whole of `output`, whose last bytes are the packed ones: ``packedBytes(_:)`` of them.
  ///
  /// Unpacked values never take less room than packed ones, so the first overwrite none that are still to be read. The
  /// last few, with nothing between, go through a copy.
  func decode(_ elements: Range<Int>, inPlace output: inout MutableRawSpan, workers: Workers) throws(TensogramError) {
    let bytes = packedBytes(elements)
    let shift = output.byteCount - bytes.count - bytes.lowerBound
    let memory = SharedMutableBytes(&output)
    var next = elements.lowerBound
    while next < elements.upperBound {
      let start = (next - elements.lowerBound) * 8
      // Up to here nothing is left to be read.
      let free = packedBytes(next..<next + 1).lowerBound + shift
      let gap = (free - start) / 8
      let isApart = gap >= Self.steps.lowerBound
      // Bits of multiples of 8 share no byte.
      let end = min((next + (isApart ? gap : Self.steps.upperBound)) / 8 * 8, elements.upperBound)
      let part = packedBytes(next..<end)
      let packed = part.lowerBound + shift..<part.upperBound + shift
      let place = start..<start + (end - next) * 8
      if isApart {
        try memory.withParts(place, reading: packed) { (values, packed) throws(TensogramError) in
          try decode(next..<end, from: packed, into: &values, workers: workers)
        }
      } else {
        let copy = try memory.withPart(packed) { (packed) throws(TensogramError) in
          try ScratchBuffer(copying: packed.bytes)
        }
        try memory.withPart(place) { (values) throws(TensogramError) in
          try decode(next..<end, from: copy.bytes, into: &values, workers: workers)
        }
      }
      next = end
    }
  }
}
