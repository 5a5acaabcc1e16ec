extension ElementwiseOperation {
  /// Computes `output` from inputs of its shape and of one type, for which ``resultType(_:)`` is not nil.
  ///
  /// An input may be the output itself, where their elements have one size. `loop` is one of another library for the
  /// operation and type, if there is one.
  func apply(_ inputs: [Tensor], into output: Tensor, by loop: FunctionLoop? = nil) {
    let input = inputs[inputs.count - 1]
    let type = input.elementType
    precondition(inputs.count == inputCount && resultType(type) == output.elementType)
    switch self {
    case .real, .conjugate, .positive, .floor, .ceil, .trunc:
      if let part = unchanged(input) { return Copy.apply(part, into: output) }
    case .imag: return Copy.apply(input.imaginaryPart, into: output)
    case .where: return Packets.forEach(inputs, output) { Self.select(size: type.size, $0) }
    default: break
    }
    Packets.forEach(inputs, output) { packet in
      if let loop, packet.isAligned(type.isComplex ? type.size / 2 : type.size) { return loop(packet) }
      let isDone = run(type, packet)
      assert(isDone, "\(rawValue) has no loop for \(type)")
    }
  }

  /// What the operation copies, if it does no more with elements of this type.
  private func unchanged(_ input: Tensor) -> Tensor? {
    switch (self, input.elementType) {
    case (.positive, _): input
    case (.real, .complex64), (.real, .complex128): input.realPart
    case (.conjugate, .complex64), (.conjugate, .complex128): nil
    case (.real, _), (.conjugate, _): input
    case (_, .float16), (_, .bfloat16), (_, .float32), (_, .float64): nil
    default: input
    }
  }

  private func run(_ type: ElementType, _ packet: Packet) -> Bool {
    switch type {
    case .bool: BoolLoops.run(self, packet)
    case .int8: IntegerLoops<Int8>.run(self, packet)
    case .int16: IntegerLoops<Int16>.run(self, packet)
    case .int32: IntegerLoops<Int32>.run(self, packet)
    case .int64: IntegerLoops<Int64>.run(self, packet)
    case .uint8: IntegerLoops<UInt8>.run(self, packet)
    case .uint16: IntegerLoops<UInt16>.run(self, packet)
    case .uint32: IntegerLoops<UInt32>.run(self, packet)
    case .uint64: IntegerLoops<UInt64>.run(self, packet)
    case .float16, .bfloat16: HalfLoops.run(self, type, packet)
    case .float32: RealLoops<Float>.run(self, packet)
    case .float64: RealLoops<Double>.run(self, packet)
    case .complex64: ComplexLoops<Float>.run(self, packet)
    case .complex128: ComplexLoops<Double>.run(self, packet)
    case .opaque, .object: false
    }
  }

  /// The loops of ``where``, which only move elements.
  private static func select(size: Int, _ packet: Packet) {
    switch size {
    case 1: packet.forEachTriple(UInt8.self, UInt8.self) { $0 != 0 ? $1 : $2 }
    case 2: packet.forEachTriple(UInt8.self, UInt16.self) { $0 != 0 ? $1 : $2 }
    case 4: packet.forEachTriple(UInt8.self, UInt32.self) { $0 != 0 ? $1 : $2 }
    case 8: packet.forEachTriple(UInt8.self, UInt64.self) { $0 != 0 ? $1 : $2 }
    default: packet.forEachTriple(UInt8.self, SIMD2<UInt64>.self) { $0 != 0 ? $1 : $2 }
    }
  }
}

extension Tensor {
  /// The real parts of complex elements; a view.
  var realPart: Tensor { part(at: 0) }

  /// The imaginary parts of complex elements; a view.
  var imaginaryPart: Tensor { part(at: elementType.size / 2) }

  private func part(at place: Int) -> Tensor {
    let type: ElementType = elementType == .complex64 ? .float32 : .float64
    return Tensor(type, shape, strides: strides, offset: count == 0 ? 0 : offset + place, storage: storage)
  }
}
