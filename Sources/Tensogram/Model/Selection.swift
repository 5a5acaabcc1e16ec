/// A part of a tensor: start, step and count along each axis.
///
/// Steps may be negative: start 4, step −2, count 3 takes the indices 4, 2, 0.
public struct Selection: Equatable, Sendable {
  public struct Axis: Equatable, Sendable {
    public var start: Int
    public var step: Int
    public var count: Int

    public init(start: Int, step: Int = 1, count: Int) {
      self.start = start
      self.step = step
      self.count = count
    }

    /// The lowest and highest index taken; the axis takes at least one.
    var bounds: ClosedRange<Int> {
      let last = start + (count - 1) * step
      return min(start, last)...max(start, last)
    }
  }

  public let axes: [Axis]
  /// Elements in all.
  public let count: Int

  /// Throws an object error that names the axis where `axes` do not fit `shape`.
  public init(_ axes: [Axis], of shape: Shape) throws(TensogramError) {
    guard axes.count == shape.rank else {
      throw .object("a selection along \(axes.count) axes does not fit a tensor with \(shape.rank)")
    }
    for (index, axis) in axes.enumerated() {
      let extent = shape.extents[index]
      guard axis.count >= 0, axis.step != 0 || axis.count <= 1 else {
        throw .object("axis \(index) selects \(axis.count) elements with step \(axis.step)")
      }
      if axis.count == 0 { continue }
      let (distance, overflow) = (axis.count - 1).multipliedReportingOverflow(by: axis.step)
      let last = axis.start.addingReportingOverflow(distance)
      guard !overflow, !last.overflow, (0..<extent).contains(axis.start), (0..<extent).contains(last.partialValue)
      else {
        throw .object(
          "axis \(index) selects \(axis.count) elements from \(axis.start) with step \(axis.step), which is out of "
            + "range for its extent \(extent)")
      }
    }
    self.axes = axes
    count = try Shape(axes.map(\.count)).count
  }

  /// All of `shape`.
  public init(all shape: Shape) {
    axes = shape.extents.map { Axis(start: 0, count: $0) }
    count = shape.count
  }
}
