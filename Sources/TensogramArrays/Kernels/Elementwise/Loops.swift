// Loops over the elements of a packet. They are inlined with the operation, which makes vectors of most.

extension Packet {
  @inline(__always)
  func forEach<Input: BitwiseCopyable, Output: BitwiseCopyable>(
    _ type: Input.Type, _ operation: (Input) -> Output
  ) {
    // All elements of the packet lie in its operands.
    for index in 0..<count {
      let value = unsafe first.loadUnaligned(fromByteOffset: index &* MemoryLayout<Input>.size, as: Input.self)
      unsafe output.storeBytes(
        of: operation(value), toByteOffset: index &* MemoryLayout<Output>.size, as: Output.self)
    }
  }

  @inline(__always)
  func forEachPair<Input: BitwiseCopyable, Output: BitwiseCopyable>(
    _ type: Input.Type, _ operation: (Input, Input) -> Output
  ) {
    let size = MemoryLayout<Input>.size
    for index in 0..<count {
      let a = unsafe first.loadUnaligned(fromByteOffset: index &* size, as: Input.self)
      let b = unsafe second.loadUnaligned(fromByteOffset: index &* size, as: Input.self)
      unsafe output.storeBytes(
        of: operation(a, b), toByteOffset: index &* MemoryLayout<Output>.size, as: Output.self)
    }
  }

  @inline(__always)
  func forEachTriple<First: BitwiseCopyable, Input: BitwiseCopyable>(
    _ condition: First.Type, _ type: Input.Type, _ operation: (First, Input, Input) -> Input
  ) {
    let size = MemoryLayout<Input>.size
    for index in 0..<count {
      let a = unsafe first.loadUnaligned(fromByteOffset: index &* MemoryLayout<First>.size, as: First.self)
      let b = unsafe second.loadUnaligned(fromByteOffset: index &* size, as: Input.self)
      let c = unsafe third.loadUnaligned(fromByteOffset: index &* size, as: Input.self)
      unsafe output.storeBytes(of: operation(a, b, c), toByteOffset: index &* size, as: Input.self)
    }
  }
}

extension UInt8 {
  /// The element of a bool tensor.
  @inline(__always)
  init(truth: Bool) { self = truth ? 1 : 0 }
}
