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

  /// Shuffles `input` into `output`, which is as long.
  func encode(_ input: RawSpan, into output: inout MutableRawSpan) throws(TensogramError) {
    try check(byteCount: input.byteCount)
    switch elementSize {
    case 1: output.copy(input)
    case 2: ShuffleKernels.shuffle(input, into: &output, as: UInt16.self)
    case 4: ShuffleKernels.shuffle(input, into: &output, as: UInt32.self)
    case 8: ShuffleKernels.shuffle8(input, into: &output)
    default: ShuffleKernels.shuffle(input, into: &output, elementSize: elementSize)
    }
  }

  /// Puts shuffled `input` back in order into `output`, which is as long.
  func decode(_ input: RawSpan, into output: inout MutableRawSpan) throws(TensogramError) {
    try check(byteCount: input.byteCount)
    switch elementSize {
    case 1: output.copy(input)
    case 2: ShuffleKernels.unshuffle2(input, into: &output)
    case 4: ShuffleKernels.unshuffle4(input, into: &output)
    case 8: ShuffleKernels.unshuffle8(input, into: &output)
    default: ShuffleKernels.unshuffle(input, into: &output, elementSize: elementSize)
    }
  }
}
