/// Moves elements between places in order and places that offsets pick.
struct PickedRows {
  let elementSize: Int
  /// Bytes from the start to each place.
  let offsets: [Int]
  /// Bytes from a place in order to the next.
  let step: Int
  /// Whether elements go to the places picked, else from there.
  let toPicked: Bool

  /// `nest` goes over what lies at each place. Lanes: bytes of the side in order, of the side picked.
  ///
  /// All elements must lie in memory of the caller's.
  func move(_ listed: UnsafeMutableRawPointer, _ picked: UnsafeMutableRawPointer, _ nest: LoopNest) {
    // Long rows go one by one; else all places for each of the elements: where few lie at each, or far apart.
    guard let length = nest.lengths.last, let inner = nest.strides.last, length > 8, abs(inner[0]) <= abs(step) else {
      return nest.forEach(outer: nest.lengths.count) { start in
        unsafe moveElements(listed + start[0], picked + start[1])
      }
    }
    let strides = toPicked ? (from: inner[0], to: inner[1]) : (from: inner[1], to: inner[0])
    let rows = StridedRows(
      elementSize: elementSize, columns: length, sourceStrides: (0, strides.from), targetStrides: (0, strides.to))
    for (index, offset) in offsets.enumerated() {
      nest.forEach(outer: nest.lengths.count - 1) { start in
        let one = unsafe listed + (start[0] + index * step)
        let other = unsafe picked + (start[1] + offset)
        unsafe rows.copy(toPicked ? one : other, toPicked ? other : one)
      }
    }
  }

  private func moveElements(_ listed: UnsafeMutableRawPointer, _ picked: UnsafeMutableRawPointer) {
    switch elementSize {
    case 1: unsafe moveElements(listed, picked, as: UInt8.self)
    case 2: unsafe moveElements(listed, picked, as: UInt16.self)
    case 4: unsafe moveElements(listed, picked, as: UInt32.self)
    case 8: unsafe moveElements(listed, picked, as: UInt64.self)
    case 16: unsafe moveElements(listed, picked, as: SIMD2<UInt64>.self)
    default:
      for (index, offset) in offsets.enumerated() {
        let (one, other) = unsafe (listed + index * step, picked + offset)
        unsafe (toPicked ? other : one).copyMemory(from: toPicked ? one : other, byteCount: elementSize)
      }
    }
  }

  @inline(__always)
  private func moveElements<Element: BitwiseCopyable>(
    _ listed: UnsafeMutableRawPointer, _ picked: UnsafeMutableRawPointer, as type: Element.Type
  ) {
    let offsets = offsets.span
    if toPicked {
      for index in offsets.indices {
        let value = unsafe listed.loadUnaligned(fromByteOffset: index &* step, as: Element.self)
        unsafe picked.storeBytes(of: value, toByteOffset: offsets[index], as: Element.self)
      }
    } else {
      for index in offsets.indices {
        let value = unsafe picked.loadUnaligned(fromByteOffset: offsets[index], as: Element.self)
        unsafe listed.storeBytes(of: value, toByteOffset: index &* step, as: Element.self)
      }
    }
  }
}
