import CPython
import TensogramArrays

/// Nodes that pick or replace elements.
extension ArrayNodeType {
  static let indexMethods: [Method] = [
    constructor(take, takeDocumentation) { _, given, count, names in
      call(take, given, count, names) { (arguments) throws(PythonError) in
        let (input, axis) = (try arguments.node(0), try arguments.integer(1))
        let indices = try arguments.required(2)
        if type.isInstance(indices) {
          let indices = type.instance(indices)
          return try make { try input.taking(indices, axis: axis) }
        }
        let (numbers, shape) = try indices.indices()
        return try make { try input.taking(numbers, shape: shape, axis: axis) }
      }
    },
    constructor(point, pointDocumentation) { _, given, count, names in
      call(point, given, count, names) { (arguments) throws(PythonError) in
        let (input, axes) = (try arguments.node(0), try arguments.integers(1))
        var indices: [[Int]] = []
        var shape: [Int] = []
        try arguments.required(2).forEachItem { item throws(PythonError) in
          let (numbers, own) = try item.indices()
          guard indices.isEmpty || own == shape else {
            throw .value("indices of shapes \(shape) and \(own) are not of one shape")
          }
          indices.append(numbers)
          shape = own
        }
        return try make { try input.points(axes, indices, shape: shape) }
      }
    },
    constructor(assign, "With a box of elements, (start, step, count) along each axis, replaced by a value.") {
      _, given, count, names in
      call(assign, given, count, names) { (arguments) throws(PythonError) in
        let (input, region, value) = (try arguments.node(0), try arguments.region(1), try arguments.node(2))
        return try make { try input.assigning(value, to: region) }
      }
    },
    constructor(put, "With the elements at indices along an axis replaced by those of a value.") {
      _, given, count, names in
      call(put, given, count, names) { (arguments) throws(PythonError) in
        let (input, axis) = (try arguments.node(0), try arguments.integer(1))
        let (numbers, value) = (try arguments.required(2).indices().numbers, try arguments.node(3))
        return try make { try input.putting(value, at: numbers, axis: axis) }
      }
    },
  ]

  private static let take = Signature("take(input, axis, indices)")
  private static let point = Signature("point(input, axes, indices)")
  private static let assign = Signature("assign(input, selection, value)")
  private static let put = Signature("put(input, axis, indices, value)")

  private static let takeDocumentation = """
    Elements along an axis by their indices, an int64 array of any shape, which replaces the axis; none is negative.

    With an ArrayNode of int64 they are checked when they are computed, and may be negative.
    """
  private static let pointDocumentation = """
    Elements by an index along each of several axes: int64 arrays of one shape, none negative.

    The result has that shape, then the other axes in order.
    """
}

extension PythonReference where Self: ~Copyable {
  /// The elements of an array of int64 in C order, and its shape.
  fileprivate func indices() throws(PythonError) -> (numbers: [Int], shape: [Int]) {
    let tensor = try ArrayMemory.tensor(result: self, .int64, ofAnyShape: "indices")
    var numbers: [Int] = []
    numbers.reserveCapacity(tensor.count)
    unsafe tensor.forEachAddress(with: tensor) { address, _ in
      numbers.append(unsafe address.loadUnaligned(as: Int.self))
    }
    return (numbers, tensor.shape)
  }
}
