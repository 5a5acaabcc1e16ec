/// How one axis is to be cut, as a caller may ask for it.
public enum ChunkSpecification: Hashable, Sendable {
  /// Blocks of so many elements.
  case size(Int)
  /// One block.
  case whole
  /// As large as the limit on a block's bytes allows.
  case automatic
  /// Blocks of these sizes.
  case sizes([Int])
}

extension ChunkGrid {
  /// Cuts `shape` as asked for.
  ///
  /// Explicit axes come first; the automatic ones share what they leave of `limit`, the bytes of a block. These start
  /// from the blocks in `previous`, which are not cut unless one alone exceeds the limit, and grow by whole ones, the
  /// last axis first.
  ///
  /// Throws where a specification does not fit its axis.
  public init(
    _ shape: [Int], chunks: [ChunkSpecification], limit: Int = 128 << 20, elementSize: Int = 8,
    previous: [AxisChunks?]? = nil
  ) throws(ArrayError) {
    guard chunks.count == shape.count else {
      throw ArrayError("chunks for \(chunks.count) axes do not fit an array of \(shape.count), shape \(shape)")
    }
    var axes: [AxisChunks?] = []
    for (axis, specification) in chunks.enumerated() {
      axes.append(try Self.explicit(specification, axis, shape))
    }
    let stored = shape.indices.map { axis -> AxisChunks? in
      guard let chunks = previous?[axis], chunks.extent == shape[axis] else { return nil }
      return chunks
    }
    let fixed = axes.reduce(1) { $0 * max($1?.largest ?? 1, 1) }
    let room = max(limit / max(elementSize, 1) / fixed, 1)
    let sizes = Self.automatic(shape, axes, stored, room)
    self.axes = shape.indices.map { axis in
      if let chunks = axes[axis] { return chunks }
      guard let stored = stored[axis], sizes[axis] >= stored.largest else {
        return AxisChunks(extent: shape[axis], size: max(sizes[axis], 1))
      }
      return stored.grouped(sizes[axis])
    }
  }

  private static func explicit(
    _ specification: ChunkSpecification, _ axis: Int, _ shape: [Int]
  ) throws(ArrayError) -> AxisChunks? {
    let extent = shape[axis]
    switch specification {
    case .whole: return AxisChunks(whole: extent)
    case .automatic: return extent == 0 ? AxisChunks(whole: 0) : nil
    case .size(let size):
      if extent == 0 && size >= 0 { return AxisChunks(whole: 0) }
      guard size > 0 else { throw ArrayError("chunks of \(size) along axis \(axis) do not fit shape \(shape)") }
      return AxisChunks(extent: extent, size: size)
    case .sizes(let sizes):
      var sum = 0
      for size in sizes {
        let (next, overflow) = sum.addingReportingOverflow(size)
        guard size >= 0, !overflow else {
          throw ArrayError("chunks \(sizes) along axis \(axis) do not fit shape \(shape)")
        }
        sum = next
      }
      guard !sizes.isEmpty, sum == extent else {
        throw ArrayError("chunks \(sizes) along axis \(axis) add up to \(sum), which does not fit shape \(shape)")
      }
      return AxisChunks(sizes: sizes)
    }
  }

  /// The block sizes of the axes that are nil in `axes`, together at most `room` elements.
  private static func automatic(
    _ shape: [Int], _ axes: [AxisChunks?], _ stored: [AxisChunks?], _ room: Int
  ) -> [Int] {
    let open = shape.indices.filter { axes[$0] == nil }
    var sizes = shape.indices.map { axes[$0] == nil ? max(stored[$0]?.largest ?? 1, 1) : 1 }
    var total = open.reduce(1) { $0 * sizes[$1] }
    for axis in open where total > room {
      let others = total / sizes[axis]
      sizes[axis] = max(min(room / others, sizes[axis]), 1)
      total = others * sizes[axis]
    }
    for axis in open.reversed() {
      let others = total / sizes[axis]
      let grown = max(min(room / others, shape[axis]), 1)
      if grown <= sizes[axis] { continue }
      sizes[axis] = grown
      total = others * (stored[axis]?.grouped(grown).largest ?? grown)
    }
    return sizes
  }
}

extension AxisChunks {
  /// Neighbouring blocks put together while they have at most `size` elements.
  fileprivate func grouped(_ size: Int) -> AxisChunks {
    var groups: [Int] = []
    for length in sizes {
      if let last = groups.last, last + length <= size {
        groups[groups.count - 1] += length
      } else {
        groups.append(length)
      }
    }
    return AxisChunks(sizes: groups)
  }
}
