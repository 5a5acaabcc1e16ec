import CPython
import TensogramArrays

/// Nodes that only look at elements from elsewhere.
extension ArrayNodeType {
  static let viewMethods: [Method] = [
    constructor(slice, "(start, step, count) along each axis.") { _, given, count, names in
      call(slice, given, count, names) { (arguments) throws(PythonError) in
        let (input, region) = (try arguments.node(0), try arguments.region(1))
        return try make { try input.sliced(region) }
      }
    },
    constructor(squeeze, "Without axes of length 1.") { _, given, count, names in
      call(squeeze, given, count, names) { (arguments) throws(PythonError) in
        let (input, axes) = (try arguments.node(0), try arguments.integers(1))
        return try make { try input.squeezed(axes) }
      }
    },
    constructor(expand, "With new axes of length 1 at these places of the result.") { _, given, count, names in
      call(expand, given, count, names) { (arguments) throws(PythonError) in
        let (input, axes) = (try arguments.node(0), try arguments.integers(1))
        return try make { try input.expanded(axes) }
      }
    },
    constructor(permute, "Axes in another order.") { _, given, count, names in
      call(permute, given, count, names) { (arguments) throws(PythonError) in
        let (input, axes) = (try arguments.node(0), try arguments.integers(1))
        return try make { try input.permuted(axes) }
      }
    },
    constructor(broadcast, "Repeated to a shape.") { _, given, count, names in
      call(broadcast, given, count, names) { (arguments) throws(PythonError) in
        let (input, shape) = (try arguments.node(0), try arguments.required(1).extents("shape"))
        let grid = try arguments.optionalGrid(2)
        return try make { try input.broadcast(to: shape, grid) }
      }
    },
    constructor(reshape, "The same elements in C order under another shape.") { _, given, count, names in
      call(reshape, given, count, names) { (arguments) throws(PythonError) in
        let (input, shape) = (try arguments.node(0), try arguments.required(1).extents("shape"))
        return try make { try input.reshaped(shape) }
      }
    },
    constructor(rechunk, "The same elements in other blocks.") { _, given, count, names in
      call(rechunk, given, count, names) { (arguments) throws(PythonError) in
        let (input, grid) = (try arguments.node(0), try arguments.grid(1))
        return try make { try input.rechunked(grid) }
      }
    },
    constructor(concat, "Arrays one after the other along an axis.") { _, given, count, names in
      call(concat, given, count, names) { (arguments) throws(PythonError) in
        let (inputs, axis) = (try arguments.nodes(0), try arguments.integer(1))
        return try make { try Node.concatenated(inputs, axis: axis) }
      }
    },
    constructor(window, "All windows of these sizes along axes, whose own axes come last.") { _, given, count, names in
      call(window, given, count, names) { (arguments) throws(PythonError) in
        let (input, axes, sizes) = (try arguments.node(0), try arguments.integers(1), try arguments.integers(2))
        return try make { try input.windows(axes, sizes) }
      }
    },
  ]

  private static let slice = Signature("slice(input, selection)")
  private static let squeeze = Signature("squeeze(input, axes)")
  private static let expand = Signature("expand(input, axes)")
  private static let permute = Signature("permute(input, axes)")
  private static let broadcast = Signature("broadcast(input, shape, chunks=None)")
  private static let reshape = Signature("reshape(input, shape)")
  private static let rechunk = Signature("rechunk(input, chunks)")
  private static let concat = Signature("concat(inputs, axis)")
  private static let window = Signature("window(input, axes, sizes)")
}
