import CPython
import Synchronization
import Tensogram
import TensogramArrays

/// Computing lazy arrays.
enum ArrayFunctions {
  static let methods: [Method] = [
    Method(compute, computeDocumentation) { _, given, count, names in
      call(compute, given, count, names) { (arguments) throws(PythonError) in
        let nodes = try arguments.nodes(0)
        var roots: [(node: Node, sink: Computation.Sink)] = []
        try arguments.required(1).forEachItem { output throws(PythonError) in
          guard roots.count < nodes.count else { throw .value("there are more outputs than nodes") }
          let node = nodes[roots.count]
          if output.isNone { return roots.append((node, .blocks(nil))) }
          roots.append((node, .memory(try ArrayMemory.tensor(output, node.elementType, writable: true))))
        }
        guard roots.count == nodes.count else { throw .value("there are fewer outputs than nodes") }
        return try run(roots, options(arguments))
      }
    },
    Method(store, storeDocumentation) { _, given, count, names in
      call(store, given, count, names) { (arguments) throws(PythonError) in
        let nodes = try arguments.nodes(0)
        var roots: [(node: Node, sink: Computation.Sink)] = []
        try arguments.required(1).forEachItem { target throws(PythonError) in
          guard roots.count < nodes.count else { throw .value("there are more targets than nodes") }
          roots.append((nodes[roots.count], .blocks(PythonTarget(target.borrowed))))
        }
        guard roots.count == nodes.count else { throw .value("there are fewer targets than nodes") }
        return try run(roots, options(arguments))
      }
    },
    Method(normalize, normalizeDocumentation) { _, given, count, names in
      call(normalize, given, count, names) { (arguments) throws(PythonError) in try normalized(arguments) }
    },
  ]

  private static let parameters = "threads=0, memory_limit=1073741824, cache=134217728, progress=None, warn=None"
  private static let compute = Signature("arrays_compute(nodes, outputs, \(parameters))")
  private static let store = Signature("arrays_store(nodes, targets, \(parameters))")
  private static let normalize = Signature("normalize_chunks(chunks, shape, limit, itemsize, previous=None)")

  private static let computeDocumentation = """
    Compute arrays together into writable ones of their shapes; None for one that is only to be made.

    ``progress(done, total)`` and ``warn(text)`` are called by the calling thread.
    """
  private static let storeDocumentation = """
    Compute arrays together and hand each block to ``target((slice, …), array)``, from any thread, once.
    """
  private static let normalizeDocumentation = """
    The blocks of each axis for a specification per axis: an int, -1 or None (whole), "auto", or a sequence of sizes.

    ``limit`` is the bytes of a block; ``previous`` the blocks that automatic ones are made of, or None, per axis.
    """

  private static func options(
    _ arguments: borrowing Arguments
  ) throws(PythonError) -> (options: ComputeOptions, failure: CallbackFailure) {
    var options = ComputeOptions()
    options.threads = try arguments.optionalSize(2) ?? 0
    options.memoryLimit = max(try arguments.optionalSize(3) ?? options.memoryLimit, 1)
    options.cacheLimit = try arguments.optionalSize(4) ?? options.cacheLimit
    options.objectReferences = PythonReferences()
    options.functionLoops = try NumpyLoops.load()
    let failure = CallbackFailure()
    options.checkStop = {
      try failure.check()
      try GIL.calling { () throws(PythonError) in
        if PyErr_CheckSignals() != 0 { throw .raised }
      }
    }
    if let progress = arguments[5], !progress.isNone {
      let held = HeldObject(progress)
      options.progress = { done, total in
        failure.catching { () throws(PythonError) in
          _ = try held.object.call(.tuple(PythonObject(done), PythonObject(total)))
        }
      }
    }
    if let warn = arguments[6], !warn.isNone {
      let held = HeldObject(warn)
      options.warn = { text in
        failure.catching { () throws(PythonError) in _ = try held.object.call(.tuple(PythonObject(text: text))) }
      }
    }
    return (options, failure)
  }

  /// Runs without the GIL, which callbacks take for themselves.
  private static func run(
    _ roots: [(node: Node, sink: Computation.Sink)], _ how: (options: ComputeOptions, failure: CallbackFailure)
  ) throws(PythonError) -> PythonObject {
    let thread = unsafe PyEval_SaveThread()
    var failure: (any Error)?
    do {
      try Computation(roots, how.options)()
      try how.failure.check()
    } catch { failure = error }
    unsafe PyEval_RestoreThread(thread)
    if let failure { throw .computing(failure) }
    return .none
  }

  private static func normalized(_ arguments: borrowing Arguments) throws(PythonError) -> PythonObject {
    var chunks: [ChunkSpecification] = []
    try arguments.required(0).forEachItem { item throws(PythonError) in
      chunks.append(try item.chunkSpecification())
    }
    let shape = try arguments.required(1).extents("shape")
    let (limit, size) = (try arguments.index(2), try arguments.index(3))
    var previous: [AxisChunks?] = []
    if let given = arguments[4], !given.isNone {
      try given.forEachItem { item throws(PythonError) in
        previous.append(item.isNone ? nil : try item.axisChunks("previous"))
      }
      guard previous.count == shape.count else {
        throw .value("'previous' has \(previous.count) axes, not \(shape.count)")
      }
    }
    let grid: ChunkGrid
    do {
      grid = try ChunkGrid(
        shape, chunks: chunks, limit: limit, elementSize: size, previous: previous.isEmpty ? nil : previous)
    } catch { throw .computing(error) }
    return try ArrayNodeType.chunks(grid)
  }
}

/// An exception of a callback that cannot throw: it ends the work at the next question whether to stop.
private final class CallbackFailure: Sendable {
  private let error = Mutex<PythonException?>(nil)

  func catching(_ body: () throws(PythonError) -> Void) {
    do { try GIL.calling(body) } catch { self.error.withLock { $0 = error as? PythonException } }
  }

  func check() throws {
    if let error = error.withLock({ $0 }) { throw error }
  }
}

extension PythonReference where Self: ~Copyable {
  fileprivate func chunkSpecification() throws(PythonError) -> ChunkSpecification {
    if isNone { return .whole }
    if isText {
      guard try text() == "auto" else { throw .value("chunks \(description) are none") }
      return .automatic
    }
    if !isBool, isIndex {
      let (value, overflow) = try index().integer()
      guard overflow == 0 else { throw .overflow("chunks of \(description) cannot be counted") }
      return value == -1 ? .whole : .size(value)
    }
    guard isTuple || isList else { throw .value("chunks \(description) are none") }
    return .sizes(try integers("chunks"))
  }
}
