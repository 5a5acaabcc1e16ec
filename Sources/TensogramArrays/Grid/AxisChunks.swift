/// How one axis is cut into blocks.
///
/// Blocks of one size, of which the first and the last may be shorter, are described rather than listed.
public struct AxisChunks: Hashable, Sendable {
  /// Elements along the axis.
  public let extent: Int
  private let form: Form

  private enum Form: Hashable, Sendable {
    /// The first block has `first` elements, the others `size`, the last what is left.
    case regular(first: Int, size: Int)
    /// Where each block ends.
    case listed(ends: [Int])
  }

  /// Blocks of `size` elements, which is at least 1, the last one shorter; one block where the axis is no longer.
  public init(extent: Int, size: Int) {
    precondition(extent >= 0 && size >= 1)
    self.extent = extent
    form = extent == 0 ? .listed(ends: [0]) : .regular(first: min(size, extent), size: min(size, extent))
  }

  /// One block.
  public init(whole extent: Int) { self.init(extent: extent, size: max(extent, 1)) }

  /// Blocks of these sizes, none of them negative; empty ones are kept. At least one.
  public init(sizes: [Int]) {
    precondition(!sizes.isEmpty && sizes.allSatisfy { $0 >= 0 })
    extent = sizes.reduce(0, +)
    let size = sizes.count > 2 ? sizes[1] : sizes.max() ?? 0
    let isRegular =
      size > 0 && sizes[0] <= size && sizes[0] > 0 && sizes[sizes.count - 1] <= size && sizes[sizes.count - 1] > 0
      && sizes.dropFirst().dropLast().allSatisfy { $0 == size }
    if isRegular {
      form = .regular(first: sizes[0], size: size)
    } else {
      var end = 0
      form = .listed(
        ends: sizes.map {
          end += $0
          return end
        })
    }
  }

  /// How many blocks there are, at least 1.
  public var count: Int {
    switch form {
    case .regular(let first, let size): 1 + (extent - first + size - 1) / size
    case .listed(let ends): ends.count
    }
  }

  /// The elements of a block.
  public subscript(block: Int) -> Range<Int> {
    switch form {
    case .regular(let first, let size):
      let start = block == 0 ? 0 : first + (block - 1) * size
      return start..<(block == 0 ? first : min(start + size, extent))
    case .listed(let ends): return (block == 0 ? 0 : ends[block - 1])..<ends[block]
    }
  }

  /// The block that has the element at `position`, which is inside the axis.
  public func block(at position: Int) -> Int {
    switch form {
    case .regular(let first, let size): return position < first ? 0 : 1 + (position - first) / size
    case .listed(let ends):
      var (low, high) = (0, ends.count - 1)
      while low < high {
        let middle = (low + high) / 2
        if ends[middle] > position { high = middle } else { low = middle + 1 }
      }
      return low
    }
  }

  /// The blocks that have elements of `range`; the first block for an empty range.
  public func blocks(of range: Range<Int>) -> Range<Int> {
    if range.isEmpty { return 0..<1 }
    return block(at: range.lowerBound)..<block(at: range.upperBound - 1) + 1
  }

  /// The size of each block.
  public var sizes: [Int] { (0..<count).map { self[$0].count } }

  /// The size of the largest block.
  public var largest: Int {
    switch form {
    case .regular(let first, let size): min(max(first, min(size, extent - first)), extent)
    case .listed: sizes.max() ?? 0
    }
  }

  /// Whether every block has at most one boundary inside of another's blocks: all boundaries of `other` are also here.
  public func refines(_ other: AxisChunks) -> Bool {
    if self == other || other.count == 1 { return extent == other.extent }
    return extent == other.extent && AxisChunks.refinement([self, other]) == self
  }

  /// The blocks between the boundaries of all the given ones, which are of one extent.
  public static func refinement(_ all: [AxisChunks]) -> AxisChunks {
    var distinct: [AxisChunks] = []
    for chunks in all where !distinct.contains(chunks) { distinct.append(chunks) }
    if distinct.count == 1 { return distinct[0] }
    var ends: Set<Int> = []
    for chunks in distinct {
      for block in 0..<chunks.count where !chunks[block].isEmpty { ends.insert(chunks[block].upperBound) }
    }
    if ends.isEmpty { return AxisChunks(whole: all[0].extent) }
    var start = 0
    return AxisChunks(
      sizes: ends.sorted().map { end in
        defer { start = end }
        return end - start
      })
  }

  /// The same blocks, those of more than `size` elements cut into near equal parts.
  public func split(_ size: Int) -> AxisChunks {
    let size = max(size, 1)
    if largest <= size { return self }
    if case .regular(let first, let regular) = form {
      if first == regular && regular % size == 0 || count == 1 { return AxisChunks(extent: extent, size: size) }
    }
    var parts: [Int] = []
    for length in sizes {
      let count = max((length + size - 1) / size, 1)
      for part in 0..<count { parts.append(length * (part + 1) / count - length * part / count) }
    }
    return AxisChunks(sizes: parts)
  }

  /// The blocks that `count` elements from `start` on in steps of `step` fall into, in their order.
  func selecting(start: Int, step: Int, count: Int) -> AxisChunks {
    if count == 0 { return AxisChunks(whole: 0) }
    if start == 0 && step == 1 && count == extent { return self }
    if case .regular(let first, let size) = form, step == 1 {
      let head = start < first ? first - start : size - (start - first) % size
      return AxisChunks(extent: count, first: min(head, count), size: size)
    }
    var sizes: [Int] = []
    var position = 0
    while position < count {
      let range = self[block(at: start + position * step)]
      // Elements that the block still has in the direction of the step.
      let here = start + position * step
      let left = step > 0 ? (range.upperBound - 1 - here) / step : step < 0 ? (here - range.lowerBound) / -step : count
      sizes.append(min(left + 1, count - position))
      position += left + 1
    }
    return AxisChunks(sizes: sizes)
  }

  private init(extent: Int, first: Int, size: Int) {
    self.extent = extent
    if extent <= first {
      form = .regular(first: extent, size: extent)
    } else if extent - first < size {
      // Two blocks, in the form that listing them gives.
      form = .regular(first: first, size: max(first, extent - first))
    } else {
      form = .regular(first: first, size: size)
    }
  }

  /// One after the other.
  static func concatenated(_ parts: [AxisChunks]) -> AxisChunks {
    var sizes: [Int] = []
    for part in parts where part.extent > 0 || parts.count == 1 { sizes += part.sizes }
    return sizes.isEmpty ? AxisChunks(whole: 0) : AxisChunks(sizes: sizes)
  }
}

extension AxisChunks {
  /// Each `count` neighbouring blocks put together.
  func joined(_ count: Int) -> AxisChunks {
    if count <= 1 { return self }
    return AxisChunks(
      sizes: stride(from: 0, to: self.count, by: count).map { first in
        self[min(first + count, self.count) - 1].upperBound - self[first].lowerBound
      })
  }
}
