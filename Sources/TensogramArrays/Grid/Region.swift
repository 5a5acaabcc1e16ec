/// A part of an array: start, step and count along each axis. Steps may be negative.
public struct Region: Hashable, Sendable {
  public struct Axis: Hashable, Sendable {
    public var start: Int
    public var step: Int
    public var count: Int

    public init(start: Int, step: Int = 1, count: Int) {
      self.start = start
      // One form for equal parts.
      self.step = count < 2 ? 1 : step
      self.count = count
    }

    public init(_ range: Range<Int>) { self.init(start: range.lowerBound, count: range.count) }

    /// From the lowest to behind the highest index.
    public var bounds: Range<Int> {
      if count == 0 { return start..<start }
      let last = start + (count - 1) * step
      return min(start, last)..<max(start, last) + 1
    }

    /// The part of the part: `inner` counts in elements of this one.
    func selecting(_ inner: Axis) -> Axis {
      Axis(start: start + inner.start * step, step: step * inner.step, count: inner.count)
    }
  }

  public var axes: [Axis]

  public init(_ axes: [Axis]) { self.axes = axes }

  public init(_ ranges: [Range<Int>]) { axes = ranges.map { Axis($0) } }

  /// All of an array.
  public init(all shape: [Int]) { axes = shape.map { Axis(start: 0, count: $0) } }

  public var shape: [Int] { axes.map(\.count) }

  public var count: Int { axes.reduce(1) { $0 * $1.count } }

  /// The smallest part without steps that holds it.
  var cover: Region { Region(axes.map { Axis($0.bounds) }) }

  /// Both are plain: the elements that are also in `other`.
  func clipped(to other: Region) -> Region {
    Region(
      zip(axes, other.axes).map { own, other -> Range<Int> in
        let low = max(own.bounds.lowerBound, other.bounds.lowerBound)
        return low..<max(min(own.bounds.upperBound, other.bounds.upperBound), low)
      })
  }

  /// Whether it is taken in rising order without gaps.
  var isPlain: Bool { axes.allSatisfy { $0.step == 1 } }

  /// The same elements, counted from the start of `cover`.
  func relative(to cover: Region) -> Region {
    Region(zip(axes, cover.axes).map { Axis(start: $0.start - $1.start, step: $0.step, count: $0.count) })
  }

  /// The elements of it whose index along one axis is in `range`, and where they are in it.
  static func intersection(_ axis: Axis, _ range: Range<Int>) -> (part: Axis, place: Range<Int>) {
    if axis.count == 0 || range.isEmpty { return (Axis(start: range.lowerBound, count: 0), 0..<0) }
    // Numbers n with range.lowerBound <= start + n * step < range.upperBound.
    var (low, high): (Int, Int)
    if axis.step > 0 {
      low = ceilingDivide(range.lowerBound - axis.start, axis.step)
      high = ceilingDivide(range.upperBound - axis.start, axis.step)
    } else {
      low = ceilingDivide(axis.start - (range.upperBound - 1), -axis.step)
      high = ceilingDivide(axis.start - (range.lowerBound - 1), -axis.step)
    }
    low = min(max(low, 0), axis.count)
    high = max(min(max(high, 0), axis.count), low)
    return (Axis(start: axis.start + low * axis.step, step: axis.step, count: high - low), low..<high)
  }

  private static func ceilingDivide(_ dividend: Int, _ divisor: Int) -> Int {
    dividend >= 0 ? (dividend + divisor - 1) / divisor : -(-dividend / divisor)
  }
}

extension Tensor {
  /// The part that `region` takes.
  func selecting(_ region: Region) -> Tensor {
    var offset = offset
    for (axis, part) in region.axes.enumerated() { offset += part.start * strides[axis] }
    let shape = region.shape
    return Tensor(
      elementType, shape, strides: zip(strides, region.axes).map { $0 * $1.step },
      offset: shape.contains(0) ? 0 : offset, storage: storage)
  }
}
