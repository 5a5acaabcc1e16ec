/// The loops of bool, whose elements are bytes that are 0 or 1 (other bytes, in memory that is lent, count as 1).
enum BoolLoops {
  /// False where the operation has none.
  static func run(_ operation: ElementwiseOperation, _ packet: Packet) -> Bool {
    switch operation {
    case .add, .maximum, .fmax, .bitwiseOr, .logicalOr: packet.forEachPair(UInt8.self) { UInt8(truth: $0 | $1 != 0) }
    case .multiply, .minimum, .fmin, .bitwiseAnd, .logicalAnd: packet.forEachPair(UInt8.self) { truth($0) & truth($1) }
    case .bitwiseXor, .logicalXor, .notEqual: packet.forEachPair(UInt8.self) { truth($0) ^ truth($1) }
    case .equal: packet.forEachPair(UInt8.self) { truth($0) ^ truth($1) ^ 1 }
    case .less: packet.forEachPair(UInt8.self) { (truth($0) ^ 1) & truth($1) }
    case .lessEqual: packet.forEachPair(UInt8.self) { (truth($0) ^ 1) | truth($1) }
    case .greater: packet.forEachPair(UInt8.self) { truth($0) & (truth($1) ^ 1) }
    case .greaterEqual: packet.forEachPair(UInt8.self) { truth($0) | (truth($1) ^ 1) }
    case .invert, .logicalNot: packet.forEach(UInt8.self) { UInt8(truth: $0 == 0) }
    case .isnan, .isinf: packet.forEach(UInt8.self) { _ in 0 as UInt8 }
    case .isfinite: packet.forEach(UInt8.self) { _ in 1 as UInt8 }
    case .absolute: packet.forEach(UInt8.self, truth)
    case .clip:
      packet.forEachTriple(UInt8.self, UInt8.self) { value, low, high in (truth(value) | truth(low)) & truth(high) }
    default: return false
    }
    return true
  }

  @inline(__always)
  private static func truth(_ byte: UInt8) -> UInt8 { UInt8(truth: byte != 0) }
}
