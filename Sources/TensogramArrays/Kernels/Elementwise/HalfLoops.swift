/// The loops of float16 and bfloat16: those of float32, between conversions.
enum HalfLoops {
  /// Elements at a time, so that what is in between stays in the first-level cache.
  private static let capacity = 1024

  /// False where the operation has none.
  static func run(_ operation: ElementwiseOperation, _ type: ElementType, _ packet: Packet) -> Bool {
    let isPredicate = operation.isPredicate
    let inputs = operation.inputCount
    return unsafe withUnsafeTemporaryAllocation(of: Float.self, capacity: 4 * capacity) { buffers -> Bool in
      let base = UnsafeMutableRawPointer(buffers.baseAddress!)
      for start in stride(from: 0, to: packet.count, by: capacity) {
        let count = min(capacity, packet.count - start)
        let sources = unsafe [packet.first, packet.second, packet.third]
        for index in 0..<inputs {
          unsafe CastLoops.widen(type, sources[index] + start * 2, base + (index + 1) * capacity * 4, count)
        }
        let piece = unsafe Packet(
          output: isPredicate ? packet.output + start : base, first: base + capacity * 4, second: base + capacity * 8,
          third: base + capacity * 12, count: count)
        guard RealLoops<Float>.run(operation, piece) else { return false }
        if !isPredicate { unsafe CastLoops.narrow(type, base, packet.output + start * 2, count) }
      }
      return true
    }
  }
}
