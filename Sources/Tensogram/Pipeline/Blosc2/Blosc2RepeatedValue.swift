extension Blosc2Chunk {
  /// What a chunk without blocks holds over and over.
  enum RepeatedValue: Equatable {
    case zero, notANumber
    /// The element behind the chunk's header.
    case element

    /// What the negative offset of a chunk that is not there says.
    init(offset: Int) throws(TensogramError) {
      switch offset >> 56 & 0x7F {
      case 1: self = .zero
      case 2: self = .notANumber
      default:
        throw .compression("blosc2 error: a chunk that is not there holds neither zeros nor NaN (offset \(offset))")
      }
    }

    /// The bytes of one element, little-endian as the library writes them.
    func pattern(typeSize: Int) throws(TensogramError) -> [UInt8] {
      switch self {
      case .zero: return [0]
      case .notANumber where typeSize == 4: return [0, 0, 0xC0, 0x7F]
      case .notANumber where typeSize == 8: return [0, 0, 0, 0, 0, 0, 0xF8, 0x7F]
      default: throw .compression("blosc2 error: a chunk claims NaN values of \(typeSize) bytes")
      }
    }
  }
}

extension MutableRawSpan {
  /// Fills all bytes with copies of `pattern`; the first of them is byte `offset` of the copies.
  mutating func fill(with pattern: [UInt8], from offset: Int) {
    if pattern == [0] { return fillWithZeros() }
    let copies = (0..<pattern.count * 256).map { pattern[(offset + $0) % pattern.count] }
    var position = 0
    while position < byteCount {
      let count = min(copies.count, byteCount - position)
      // Bytes have no padding that could be read.
      copy(unsafe copies.span.bytes.extracting(0..<count), at: position)
      position += count
    }
  }
}
