/// The loops of ``Shuffle``: blocks of elements are transposed while their bytes are in cache.
enum ShuffleKernels {
  /// Elements of which the bytes are moved together: 16 bytes of one plane are one store.
  private static let block = 16

  /// For elements of any size.
  static func shuffle(_ input: RawSpan, into output: inout MutableRawSpan, elementSize: Int) {
    let count = input.byteCount / elementSize
    for byte in 0..<elementSize {
      for element in 0..<count {
        output.storeBytes(of: input[element * elementSize + byte], toByteOffset: byte * count + element, as: UInt8.self)
      }
    }
  }

  /// For elements of any size.
  static func unshuffle(_ input: RawSpan, into output: inout MutableRawSpan, elementSize: Int) {
    let count = input.byteCount / elementSize
    for byte in 0..<elementSize {
      for element in 0..<count {
        output.storeBytes(of: input[byte * count + element], toByteOffset: element * elementSize + byte, as: UInt8.self)
      }
    }
  }

  /// For elements that are one SIMD vector of bytes.
  @inline(__always)
  static func shuffle<Element: SIMD & BitwiseCopyable>(
    _ input: RawSpan, into output: inout MutableRawSpan, as type: Element.Type
  ) where Element.Scalar == UInt8 {
    let size = Element.scalarCount
    let count = input.byteCount / size
    var element = 0
    while element + block <= count {
      for byte in 0..<size {
        var plane = SIMD16<UInt8>()
        for lane in 0..<block { plane[lane] = input[(element + lane) * size + byte] }
        output.storeBytes(of: plane, toByteOffset: byte * count + element, as: SIMD16<UInt8>.self)
      }
      element += block
    }
    while element < count {
      for byte in 0..<size {
        output.storeBytes(of: input[element * size + byte], toByteOffset: byte * count + element, as: UInt8.self)
      }
      element += 1
    }
  }

  /// For elements that are one SIMD vector of bytes.
  @inline(__always)
  static func unshuffle<Element: SIMD & BitwiseCopyable>(
    _ input: RawSpan, into output: inout MutableRawSpan, as type: Element.Type
  ) where Element.Scalar == UInt8 {
    let size = Element.scalarCount
    let count = input.byteCount / size
    for element in 0..<count {
      var value = Element()
      for byte in 0..<size { value[byte] = input[byte * count + element] }
      output.storeBytes(of: value, toByteOffset: element * size, as: Element.self)
    }
  }
}
