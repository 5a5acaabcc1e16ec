/// The extent of a tensor along each axis, first axis slowest; empty for a scalar.
public struct Shape: Equatable, Hashable, Sendable {
  public let extents: [Int]

  /// Elements in all: the product of the extents, 1 for a scalar.
  public let count: Int

  /// Throws an object error where an extent is negative or the product overflows.
  ///
  /// A zero anywhere makes an empty tensor, whatever the other extents are.
  public init(_ extents: [Int]) throws(TensogramError) {
    var product = 1
    var overflows = false
    for extent in extents {
      if extent < 0 { throw .object("shape \(extents) has a negative extent") }
      let (next, overflow) = product.multipliedReportingOverflow(by: extent)
      product = next
      overflows = overflows || overflow
    }
    if extents.contains(0) {
      product = 0
    } else if overflows {
      throw .object("shape product overflow: \(extents) has more elements than can be counted")
    }
    self.extents = extents
    self.count = product
  }

  public var rank: Int { extents.count }

  /// Elements to step over for the next index along each axis, in C order.
  ///
  /// Extents of 0 take part as they are: `[3, 0, 5]` has strides `[0, 5, 1]`.
  public var strides: [Int] {
    var strides = [Int](repeating: 1, count: rank)
    for axis in stride(from: rank - 2, through: 0, by: -1) {
      strides[axis] = strides[axis + 1].multipliedReportingOverflow(by: extents[axis + 1]).partialValue
    }
    return strides
  }
}
