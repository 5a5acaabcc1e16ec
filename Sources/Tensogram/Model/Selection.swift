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

  /// Calls `body` for each stretch of neighbouring elements that are taken in rising order: their numbers in the tensor,
  /// and the place of the first in the result, which is in C order.
  func forEachRow(
    strides: [Int], _ body: (_ elements: Range<Int>, _ place: Int) throws(TensogramError) -> Void
  ) throws(TensogramError) {
    if count == 0 { return }
    if axes.isEmpty { return try body(0..<1, 0) }
    var place = 0
    try forEachRow(axis: 0, origin: 0, strides, &place, body)
  }

  private func forEachRow(
    axis: Int, origin: Int, _ strides: [Int], _ place: inout Int,
    _ body: (_ elements: Range<Int>, _ place: Int) throws(TensogramError) -> Void
  ) throws(TensogramError) {
    let selected = axes[axis]
    let isInnermost = axis == axes.count - 1
    if isInnermost && selected.step == 1 {
      try body(origin + selected.start..<origin + selected.start + selected.count, place)
      place += selected.count
      return
    }
    for index in 0..<selected.count {
      let element = origin + (selected.start + index * selected.step) * strides[axis]
      if isInnermost {
        try body(element..<element + 1, place)
        place += 1
      } else {
        try forEachRow(axis: axis + 1, origin: element, strides, &place, body)
      }
    }
  }
}
