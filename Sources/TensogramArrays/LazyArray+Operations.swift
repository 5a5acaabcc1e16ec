// MARK: Elementwise

extension LazyArray {
  /// A native operation on arrays of one type, which broadcast.
  public static func elementwise(
    _ operation: ElementwiseOperation, _ inputs: LazyArray...
  ) throws(ArrayError) -> LazyArray {
    let nodes = inputs.map(\.node)
    guard let last = nodes.last, let type = operation.resultType(last.elementType) else {
      throw ArrayError("there is no native \(operation.rawValue) of \(nodes.map(\.elementType))")
    }
    return LazyArray(try Node.elementwise(operation, nodes, type))
  }

  /// The elements converted as numpy's `astype` does it.
  public func converted(to elementType: ElementType) throws(ArrayError) -> LazyArray {
    LazyArray(try node.converted(to: elementType))
  }

  /// The elements of `self` where the condition, of bool, is true, else those of `other`.
  public func selected(where condition: LazyArray, else other: LazyArray) throws(ArrayError) -> LazyArray {
    try Self.elementwise(.where, condition, self, other)
  }

  /// Arithmetic on arrays of one type, whose shapes broadcast: anything else ends the process, as with the numbers
  /// themselves. Use ``elementwise(_:_:)`` where that is not known.
  public static func + (first: LazyArray, second: LazyArray) -> LazyArray { known(.add, first, second) }
  public static func - (first: LazyArray, second: LazyArray) -> LazyArray { known(.subtract, first, second) }
  public static func * (first: LazyArray, second: LazyArray) -> LazyArray { known(.multiply, first, second) }
  public static func / (first: LazyArray, second: LazyArray) -> LazyArray { known(.divide, first, second) }

  private static func known(_ operation: ElementwiseOperation, _ first: LazyArray, _ second: LazyArray) -> LazyArray {
    do throws(ArrayError) { return try elementwise(operation, first, second) } catch { fatalError(error.description) }
  }
}

// MARK: Reductions

extension LazyArray {
  /// A native reduction along axes; along all where they are nil.
  ///
  /// - Parameters:
  ///   - keepsAxes: whether the result has the axes with length 1.
  ///   - ddof: what variances take off the number of elements.
  public func reduced(
    _ operation: ReductionOperation, along axes: [Int]? = nil, keepsAxes: Bool = false, ddof: Double = 0
  ) throws(ArrayError) -> LazyArray {
    LazyArray(try node.reduced(operation, axes ?? Array(shape.indices), keepsAxes: keepsAxes, ddof: ddof))
  }

  public func sum(along axes: [Int]? = nil) throws(ArrayError) -> LazyArray { try reduced(.sum, along: axes) }
  public func mean(along axes: [Int]? = nil) throws(ArrayError) -> LazyArray { try reduced(.mean, along: axes) }
  public func min(along axes: [Int]? = nil) throws(ArrayError) -> LazyArray { try reduced(.min, along: axes) }
  public func max(along axes: [Int]? = nil) throws(ArrayError) -> LazyArray { try reduced(.max, along: axes) }
  public func std(along axes: [Int]? = nil, ddof: Double = 0) throws(ArrayError) -> LazyArray {
    try reduced(.standardDeviation, along: axes, ddof: ddof)
  }

  /// A scan along an axis: running sums, products, extremes, or missing values filled with the last one.
  public func scanned(_ operation: ScanOperation, along axis: Int) throws(ArrayError) -> LazyArray {
    LazyArray(try node.scanned(operation, axis: axis))
  }
}

// MARK: Shape

extension LazyArray {
  /// The part that start, step and count along each axis take; a file reads no more than that.
  public func selecting(_ region: Region) throws(ArrayError) -> LazyArray { LazyArray(try node.sliced(region)) }

  /// The elements in a range of each axis.
  public subscript(ranges: Range<Int>...) -> LazyArray {
    get throws(ArrayError) { LazyArray(try node.sliced(Region(ranges))) }
  }

  /// Elements along an axis by their numbers.
  public func taking(_ indices: [Int], along axis: Int) throws(ArrayError) -> LazyArray {
    LazyArray(try node.taking(indices, shape: [indices.count], axis: axis))
  }

  /// With axes in another order: axis `i` of the result is axis `order[i]`.
  public func permuted(_ order: [Int]) throws(ArrayError) -> LazyArray { LazyArray(try node.permuted(order)) }

  /// The same elements in C order under another shape of as many.
  public func reshaped(_ shape: [Int]) throws(ArrayError) -> LazyArray { LazyArray(try node.reshaped(shape)) }

  /// With a new axis of length 1 at `place`.
  public func expanded(at place: Int) throws(ArrayError) -> LazyArray { LazyArray(try node.expanded([place])) }

  /// Repeated to a shape by the rules of broadcasting.
  public func broadcast(to shape: [Int]) throws(ArrayError) -> LazyArray { LazyArray(try node.broadcast(to: shape)) }

  /// The same elements in other blocks.
  public func rechunked(_ grid: ChunkGrid) throws(ArrayError) -> LazyArray { LazyArray(try node.rechunked(grid)) }

  /// One after the other along an axis.
  public static func concatenated(_ arrays: [LazyArray], along axis: Int) throws(ArrayError) -> LazyArray {
    LazyArray(try Node.concatenated(arrays.map(\.node), axis: axis))
  }

  /// One beside the other along a new axis.
  public static func stacked(_ arrays: [LazyArray], along axis: Int = 0) throws(ArrayError) -> LazyArray {
    var parts: [Node] = []
    for array in arrays { parts.append(try array.node.expanded([axis])) }
    return LazyArray(try Node.concatenated(parts, axis: axis))
  }
}

// MARK: Elements

extension Tensor {
  /// The elements, bool or numbers, as float64 in C order; complex ones lose their imaginary part.
  public var numbers: [Double] {
    precondition(Cast.supports(from: elementType, to: .float64))
    let converted = Tensor(.float64, shape)
    Cast.apply(self, into: converted)
    return (0..<count).map { unsafe converted.start.load(fromByteOffset: 8 * $0, as: Double.self) }
  }

  /// Numbers in C order as float64.
  public init(_ numbers: [Double], shape: [Int]) {
    precondition(numbers.count == shape.reduce(1, *))
    self.init(.float64, shape)
    for (index, number) in numbers.enumerated() {
      unsafe start.storeBytes(of: number, toByteOffset: 8 * index, as: Double.self)
    }
  }
}
