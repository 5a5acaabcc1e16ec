/// Byte shuffle: byte i of element j goes to position i · n + j, so that bytes of equal weight stand together.
///
/// Descriptor: `{"filter": "shuffle", "shuffle_element_size": 4}`; the size defaults to the dtype's width.
struct Shuffle: Sendable {
  static let elementSizeKey = "shuffle_element_size"

  let elementSize: Int

  init(elementSize: Int) { self.elementSize = elementSize }

  init(_ parameters: StageParameters, defaultElementSize: Int) throws(TensogramError) {
    let key = Self.elementSizeKey
    guard let size = try parameters.integer(key, in: 0...Int.max) ?? Optional(defaultElementSize), size > 0 else {
      throw .encoding("\(key) must be at least 1, got 0")
    }
    elementSize = size
  }

  /// Throws an encoding error unless `byteCount` is a whole number of elements.
  func check(byteCount: Int) throws(TensogramError) {
    guard byteCount % elementSize == 0 else {
      throw .encoding("\(Self.elementSizeKey) \(elementSize) does not divide the \(byteCount) bytes to shuffle")
    }
  }

  /// Elements of pieces; whole cache lines of each plane.
  private var pieceSizes: PieceSizes {
    PieceSizes(smallest: max((1 << 18) / elementSize, 1), largest: max((4 << 20) / elementSize, 1), unit: 64)
  }

  /// Shuffles `input` into `output`, which is as long.
  func encode(_ input: RawSpan, into output: inout MutableRawSpan, workers: Workers) throws(TensogramError) {
    try check(byteCount: input.byteCount)
    let size = output.byteCount
    let source = SharedBytes(input)
    let planes = SharedMutableBytes(&output)
    try workers.forEachPiece(of: 0..<size / elementSize, pieceSizes) { (elements) throws(TensogramError) in
      // Of each plane a worker writes the elements of its piece only.
      try planes.withPart(0..<size) { output in
        switch elementSize {
        case 1: output.copy(source.bytes.extracting(elements), at: elements.lowerBound)
        case 2: ShuffleKernels.shuffle(source.bytes, elements, into: &output, as: UInt16.self)
        case 4: ShuffleKernels.shuffle(source.bytes, elements, into: &output, as: UInt32.self)
        case 8: ShuffleKernels.shuffle8(source.bytes, elements, into: &output)
        default: ShuffleKernels.shuffle(source.bytes, elements, into: &output, elementSize: elementSize)
        }
      }
    }
  }

  /// Puts shuffled `input` back in order into `output`, which is as long.
  func decode(_ input: RawSpan, into output: inout MutableRawSpan, workers: Workers) throws(TensogramError) {
    try check(byteCount: input.byteCount)
    let source = SharedBytes(input)
    let result = SharedMutableBytes(&output)
    try workers.forEachPiece(of: 0..<input.byteCount / elementSize, pieceSizes) { (elements) throws(TensogramError) in
      try result.withPart(elements.lowerBound * elementSize..<elements.upperBound * elementSize) { output in
        decode(source.bytes, elements, into: &output)
      }
    }
  }

  private func decode(_ input: RawSpan, _ elements: Range<Int>, into output: inout MutableRawSpan) {
    switch elementSize {
    case 1: output.copy(input.extracting(elements))
    case 2: ShuffleKernels.unshuffle2(input, elements, into: &output)
    case 4: ShuffleKernels.unshuffle4(input, elements, into: &output)
    case 8: ShuffleKernels.unshuffle8(input, elements, into: &output)
    default: ShuffleKernels.unshuffle(input, elements, into: &output, elementSize: elementSize)
    }
  }
}
