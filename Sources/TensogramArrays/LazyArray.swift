import Tensogram

/// An array that is computed when its elements are asked for, block by block.
///
/// ```swift
/// let file = try TensogramFile(opening: "forecast.tgm")
/// let field = try LazyArray(storedIn: file, message: 0, object: 2)
/// let mean = try field.mean()
/// let anomaly = field - mean
/// let results = try LazyArray.compute([mean, try anomaly.std()])      // reads the file twice, holds neither
/// ```
/// A value is an immutable expression; making one reads nothing and costs the same whatever the size of the arrays.
/// Arrays that are computed together share what they have in common: mean, standard deviation, minimum and maximum of a
/// file read it once.
public struct LazyArray: Sendable {
  package let node: Node

  package init(_ node: Node) { self.node = node }

  /// Elements in memory, which are not copied. One block where `grid` is nil; an ``ArrayError`` where it does not fit.
  public init(_ tensor: Tensor, grid: ChunkGrid? = nil) throws(ArrayError) {
    node = try Node.memory(tensor, grid)
  }

  /// An object of a message in a file, read natively when it is needed, and only as far as it is.
  ///
  /// Throws a ``Tensogram/TensogramError`` where there is no such object, an ``ArrayError`` where chunks do not fit it.
  public init(
    storedIn file: TensogramFile, message: Int, object: Int, grid: ChunkGrid? = nil,
    options: DecodeOptions = DecodeOptions()
  ) throws {
    node = try Node.stored(in: file, message: message, object: object, chunks: grid, options: options)
  }

  /// One number everywhere, as `elementType`.
  public init(
    repeating number: Double, _ elementType: ElementType = .float64, grid: ChunkGrid
  ) throws(ArrayError) {
    let element = Tensor(.float64, [])
    unsafe element.start.storeBytes(of: number, as: Double.self)
    guard Cast.supports(from: .float64, to: elementType) else {
      throw ArrayError("\(elementType) has no numbers")
    }
    let converted = Tensor(elementType, [])
    Cast.apply(element, into: converted)
    node = Node.full(converted, grid)
  }

  /// Elements along each axis.
  public var shape: [Int] { node.shape }

  public var elementType: ElementType { node.elementType }

  /// How the array is cut into blocks.
  public var grid: ChunkGrid { node.grid }
}

// MARK: Computing

extension LazyArray {
  /// All elements, in C order.
  ///
  /// Throws what reading a source has thrown.
  public func compute(_ options: ComputeOptions = ComputeOptions()) throws -> Tensor {
    try Self.compute([self], options)[0]
  }

  /// The elements of several arrays; what they share is read and made once.
  public static func compute(_ arrays: [LazyArray], _ options: ComputeOptions = ComputeOptions()) throws -> [Tensor] {
    let results = arrays.map { Tensor($0.elementType, $0.shape) }
    try Computation(zip(arrays, results).map { ($0.node, .memory($1)) }, options)()
    return results
  }

  /// Hands each block to its target as soon as it is made, from several threads at once.
  public static func store(
    _ arrays: [(array: LazyArray, target: any BlockTarget)], _ options: ComputeOptions = ComputeOptions()
  ) throws {
    try Computation(arrays.map { ($0.array.node, .blocks($0.target)) }, options)()
  }
}
