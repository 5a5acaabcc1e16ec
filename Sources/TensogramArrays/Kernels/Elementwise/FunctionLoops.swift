/// A loop of another library over a packet whose elements, or the parts of complex ones, lie at multiples of their size.
/// Called from any thread.
///
/// The output may be an input; where the operation has one input, the second is the first.
package typealias FunctionLoop = @Sendable (Packet) -> Void

/// Where loops for functions of real numbers come from, that are better than one call of the C library per element.
package protocol FunctionLoops: Sendable {
  /// Of inputs of the type; nil where the C library is to be used.
  func loop(of operation: ElementwiseOperation, _ type: ElementType) -> FunctionLoop?
}

extension Packet {
  /// Whether all elements, of this size, lie at multiples of it.
  func isAligned(_ size: Int) -> Bool {
    let places = unsafe UInt(bitPattern: output) | UInt(bitPattern: first) | UInt(bitPattern: second)
    return places % UInt(size) == 0
  }
}
