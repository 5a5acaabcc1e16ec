import CPython
import TensogramArrays

/// Nodes that compute from elements to elements, and along axes.
extension ArrayNodeType {
  static let elementwiseMethods: [Method] = [
    constructor(elementwise, "A native operation, by the name of numpy's ufunc, on inputs of one type.") {
      _, given, count, names in
      call(elementwise, given, count, names) { (arguments) throws(PythonError) in
        let name = try arguments.text(0)
        guard let operation = ElementwiseOperation(rawValue: name) else {
          throw .value("there is no native operation '\(name)'")
        }
        let (inputs, type) = (try arguments.nodes(1), try arguments.elementType(2))
        return try make { try Node.elementwise(operation, inputs, type) }
      }
    },
    constructor(externalElementwise, "``function(*arrays)`` on corresponding parts of inputs, which broadcast.") {
      _, given, count, names in
      call(externalElementwise, given, count, names) { (arguments) throws(PythonError) in
        let function = try arguments.function(0)
        let (inputs, type) = (try arguments.nodes(1), try arguments.elementType(2))
        return try make { try Node.elementwise(function, inputs, type) }
      }
    },
    constructor(cast, "A native conversion, as numpy's ``astype``.") { _, given, count, names in
      call(cast, given, count, names) { (arguments) throws(PythonError) in
        let (input, type) = (try arguments.node(0), try arguments.elementType(1))
        return try make { try input.converted(to: type) }
      }
    },
  ]

  static let reductionMethods: [Method] = [
    constructor(reduce, "A native reduction, by numpy's name, along axes.") { _, given, count, names in
      call(reduce, given, count, names) { (arguments) throws(PythonError) in
        let name = try arguments.text(0)
        guard let operation = ReductionOperation(rawValue: name) else {
          throw .value("there is no native reduction '\(name)'")
        }
        let (input, axes) = (try arguments.node(1), try arguments.integers(2))
        let keepsAxes = try arguments.flag(3, default: false)
        let type = try arguments.elementType(4)
        let ddof = try arguments[5]?.float() ?? 0
        return try make { try input.reduced(operation, axes, keepsAxes: keepsAxes, type, ddof: ddof) }
      }
    },
    constructor(externalReduce, externalReduceDocumentation) { _, given, count, names in
      call(externalReduce, given, count, names) { (arguments) throws(PythonError) in
        let chunk = try arguments.function(0)
        let combine = try arguments.required(1).isNone ? nil : arguments.function(1)
        let aggregate = try arguments.function(2)
        let (input, axis) = (try arguments.node(3), try arguments.integer(4))
        let keepsAxis = try arguments.flag(5, default: false)
        let type = try arguments.elementType(6)
        return try make { try input.reduced(chunk, combine, aggregate, axis: axis, keepsAxis: keepsAxis, type) }
      }
    },
    constructor(scan, "A native scan along an axis; ``limit`` is how many missing values in a row ``ffill`` fills.") {
      _, given, count, names in
      call(scan, given, count, names) { (arguments) throws(PythonError) in
        let name = try arguments.text(0)
        guard let operation = ScanOperation(rawValue: name) else { throw .value("there is no native scan '\(name)'") }
        let (input, axis, type) = (try arguments.node(1), try arguments.integer(2), try arguments.elementType(3))
        let limit = try arguments.optionalSize(4)
        return try make { try input.scanned(operation, axis: axis, type, limit: limit) }
      }
    },
    constructor(externalScan, externalScanDocumentation) { _, given, count, names in
      call(externalScan, given, count, names) { (arguments) throws(PythonError) in
        let (function, join, leave) = (try arguments.function(0), try arguments.function(1), try arguments.function(2))
        let (input, axis, type) = (try arguments.node(3), try arguments.integer(4), try arguments.elementType(5))
        return try make { try input.scanned(function, join: join, leave: leave, axis: axis, type) }
      }
    },
  ]

  private static let elementwise = Signature("elementwise(operation, inputs, element)")
  private static let externalElementwise = Signature("external_elementwise(function, inputs, element)")
  private static let cast = Signature("cast(input, element)")
  private static let reduce = Signature("reduce(operation, input, axes, keepdims, element, ddof=0.0)")
  private static let externalReduce = Signature(
    "external_reduce(chunk, combine, aggregate, input, axis, keepdims, element)")
  private static let scan = Signature("scan(operation, input, axis, element, limit=None)")
  private static let externalScan = Signature("external_scan(function, join, leave, input, axis, element)")

  private static let externalReduceDocumentation = """
    A reduction by functions: ``chunk(block)`` and ``combine(blocks)`` keep the axis with length 1 and have the type of
    the result, ``aggregate(blocks)`` gets all along the axis and keeps it if the result does. ``combine`` may be None.
    """
  private static let externalScanDocumentation = """
    A scan by functions: ``function(block)`` scans by itself, ``leave(block)`` gives what it leaves, of length 1 along
    the axis, ``join(before, what)`` joins what blocks before have left with a scanned block, or with what one leaves.
    """
}
