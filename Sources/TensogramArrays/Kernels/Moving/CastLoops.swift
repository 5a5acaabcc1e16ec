/// The loops of ``Cast`` between numbers that are not complex, and from those that are to bool.
enum CastLoops {
  static func run(_ source: ElementType, _ target: ElementType, _ packet: Packet) {
    switch source {
    case .bool, .uint8: fromInteger(UInt8.self, target, packet)
    case .int8: fromInteger(Int8.self, target, packet)
    case .int16: fromInteger(Int16.self, target, packet)
    case .int32: fromInteger(Int32.self, target, packet)
    case .int64: fromInteger(Int64.self, target, packet)
    case .uint16: fromInteger(UInt16.self, target, packet)
    case .uint32: fromInteger(UInt32.self, target, packet)
    case .uint64: fromInteger(UInt64.self, target, packet)
    case .float32: fromReal(Float.self, target, packet)
    case .float64 where target == .float16: packet.forEach(Double.self) { HalfBits.fromFloat(roundedToOdd($0)) }
    case .float64: fromReal(Double.self, target, packet)
    case .float16, .bfloat16: throughFloat(source, target, packet)
    case .complex64: packet.forEach(Complex<Float>.self) { UInt8(truth: $0.isNonzero) }
    case .complex128: packet.forEach(Complex<Double>.self) { UInt8(truth: $0.isNonzero) }
    case .opaque, .object: preconditionFailure("no loop from \(source)")
    }
  }

  @inline(__always)
  private static func fromInteger<Source: FixedWidthInteger & BitwiseCopyable>(
    _ type: Source.Type, _ target: ElementType, _ packet: Packet
  ) {
    switch target {
    case .bool: packet.forEach(Source.self) { UInt8(truth: $0 != 0) }
    case .int8, .uint8: packet.forEach(Source.self) { UInt8(truncatingIfNeeded: $0) }
    case .int16, .uint16: packet.forEach(Source.self) { UInt16(truncatingIfNeeded: $0) }
    case .int32, .uint32: packet.forEach(Source.self) { UInt32(truncatingIfNeeded: $0) }
    case .int64, .uint64: packet.forEach(Source.self) { UInt64(truncatingIfNeeded: $0) }
    case .float16: packet.forEach(Source.self) { HalfBits.fromFloat(Float($0)) }
    case .bfloat16: packet.forEach(Source.self) { BrainBits.fromFloat(Float($0)) }
    case .float32: packet.forEach(Source.self) { Float($0) }
    case .float64: packet.forEach(Source.self) { Double($0) }
    case .complex64, .complex128, .opaque, .object: preconditionFailure("no loop to \(target)")
    }
  }

  @inline(__always)
  private static func fromReal<Source: RealNumber>(_ type: Source.Type, _ target: ElementType, _ packet: Packet) {
    switch target {
    case .bool: packet.forEach(Source.self) { UInt8(truth: $0 != 0) }
    case .int8, .uint8: packet.forEach(Source.self) { UInt8(truncatingIfNeeded: $0.truncatedToInt32) }
    case .int16, .uint16: packet.forEach(Source.self) { UInt16(truncatingIfNeeded: $0.truncatedToInt32) }
    case .int32: packet.forEach(Source.self) { $0.truncatedToInt32 }
    case .int64: packet.forEach(Source.self) { $0.truncatedToInt64 }
    case .uint32: packet.forEach(Source.self) { UInt32(truncatingIfNeeded: $0.truncatedToInt64) }
    case .uint64:
      // From 2⁶³ on, through the difference to it.
      let half = Source(sign: .plus, exponent: 63, significand: 1)
      packet.forEach(Source.self) { value in
        value >= half ? (value - half).truncatedToInt64 ^ Int64.min : value.truncatedToInt64
      }
    case .float16: packet.forEach(Source.self) { HalfBits.fromFloat(Float($0)) }
    case .bfloat16: packet.forEach(Source.self) { BrainBits.fromFloat(Float($0)) }
    case .float32: packet.forEach(Source.self) { Float($0) }
    case .float64: packet.forEach(Source.self) { Double($0) }
    case .complex64, .complex128, .opaque, .object: preconditionFailure("no loop to \(target)")
    }
  }

  /// From 16 bits, by pieces that stay in the first-level cache.
  private static func throughFloat(_ source: ElementType, _ target: ElementType, _ packet: Packet) {
    let capacity = 1024
    unsafe withUnsafeTemporaryAllocation(of: Float.self, capacity: capacity) { buffer in
      let floats = UnsafeMutableRawPointer(buffer.baseAddress!)
      for start in stride(from: 0, to: packet.count, by: capacity) {
        let count = min(capacity, packet.count - start)
        unsafe widen(source, packet.first + start * 2, floats, count)
        let piece = unsafe Packet(
          output: packet.output + start * target.size, first: floats, second: floats, third: floats, count: count)
        fromReal(Float.self, target, piece)
      }
    }
  }

  /// float32 of `count` elements of 16 bits.
  static func widen(
    _ type: ElementType, _ source: UnsafeRawPointer, _ target: UnsafeMutableRawPointer, _ count: Int
  ) {
    let packet = unsafe Packet(output: target, first: source, second: source, third: source, count: count)
    if type == .float16 {
      packet.forEach(UInt16.self) { HalfBits.toFloat($0) }
    } else {
      packet.forEach(UInt16.self) { BrainBits.toFloat($0) }
    }
  }

  /// Elements of 16 bits of `count` float32.
  static func narrow(
    _ type: ElementType, _ source: UnsafeRawPointer, _ target: UnsafeMutableRawPointer, _ count: Int
  ) {
    let packet = unsafe Packet(output: target, first: source, second: source, third: source, count: count)
    fromReal(Float.self, type, packet)
  }

  /// The nearest float32 that has an odd significand, unless the value is one: rounding that again to fewer bits is as
  /// good as rounding the value itself.
  @inline(__always)
  private static func roundedToOdd(_ value: Double) -> Float {
    let near = Float(value)
    if Double(near) == value || value != value { return near }
    let below = abs(Double(near)) > abs(value) ? near.bitPattern - 1 : near.bitPattern
    return Float(bitPattern: below | 1)
  }
}
