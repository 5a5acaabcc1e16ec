/// Decodes the blocks of intervals into mapped values (CCSDS 121.0-B-3, section 5).
///
/// The place of a reference sample gets its bits. All values are at most ``SzipParameters/largestValue``.
struct SzipBlockReader: ~Escapable {
  private let parameters: SzipParameters
  private let bits: SzipBits
  /// The bit where the next block starts.
  private(set) var position: Int
  /// Blocks of the interval that are done.
  private var block = 0
  /// Blocks to come of a run of zero blocks.
  private var zeroBlocks = 0

  /// At the start of an interval, or at the end of the one before.
  @_lifetime(copy payload)
  init(_ parameters: SzipParameters, _ payload: RawSpan, at bit: Int) {
    self.parameters = parameters
    bits = SzipBits(payload)
    position = bit
    startInterval()
  }

  /// Goes on to the next interval, which starts here.
  mutating func startInterval() {
    block = 0
    zeroBlocks = 0
    if parameters.flags.contains(.paddedIntervals) { position = position.roundedUp(to: 8) }
  }

  /// Fills `values`, a number of whole blocks, with the next ones of the interval.
  mutating func read(into values: inout MutableSpan<UInt32>) throws(TensogramError) {
    let size = parameters.blockSize
    var start = 0
    while start < values.count {
      if zeroBlocks > 0 {
        let count = min(zeroBlocks, (values.count - start) / size)
        var zeros = values._mutatingExtracting(start..<start + count * size)
        zeros.update(repeating: 0)
        zeroBlocks -= count
        block += count
        start += count * size
        continue
      }
      if block > 0 || !parameters.usesReferences { start = try readCommon(into: &values, from: start) }
      if start == values.count { return }
      var blockValues = values._mutatingExtracting(start..<start + size)
      try readUncommon(into: &blockValues)
      block += 1
      start += size
    }
  }

  /// Reads blocks coded by split options, and leaves the first other one. Returns where in `values` that is.
  @inline(__always)
  private mutating func readCommon(
    into values: inout MutableSpan<UInt32>, from first: Int
  ) throws(TensogramError) -> Int {
    let bits = bits
    let (size, largest) = (parameters.blockSize, parameters.largestValue)
    let (identifierWidth, uncoded) = (parameters.identifierWidth, parameters.uncodedIdentifier)
    var start = first
    var position = position
    while start < values.count {
      let identifier = Int(bits.field(identifierWidth, at: position))
      if identifier == 0 || identifier == uncoded { break }
      var blockValues = values._mutatingExtracting(start..<start &+ size)
      position = try bits.readSplit(
        identifier &- 1, largest: largest, at: position &+ identifierWidth, into: &blockValues)
      start &+= size
    }
    block += (start - first) / size
    self.position = position
    return start
  }

  /// A block that is not coded by a split option, or one with a reference sample.
  @inline(never)
  private mutating func readUncommon(into values: inout MutableSpan<UInt32>) throws(TensogramError) {
    let identifier = Int(bits.field(parameters.identifierWidth, at: position))
    position += parameters.identifierWidth
    if identifier == parameters.uncodedIdentifier {
      position = bits.readFields(parameters.bitsPerSample, at: position, into: &values)
      return try bits.checkEnd(position)
    }
    let isSecondExtension = identifier == 0 && bits.field(1, at: position) == 1
    if identifier == 0 { position += 1 }
    let first = block == 0 && parameters.usesReferences ? 1 : 0
    if first == 1 {
      values[0] = bits.field(parameters.bitsPerSample, at: position)
      position += parameters.bitsPerSample
    }
    if isSecondExtension { return try readSecondExtension(first, into: &values) }
    var coded = values._mutatingExtracting(first..<values.count)
    if identifier > 0 {
      position = try bits.readSplit(identifier - 1, largest: parameters.largestValue, at: position, into: &coded)
    } else {
      coded.update(repeating: 0)
      try readZeroBlocks()
    }
  }

  /// Each fundamental sequence stands for a pair of values (section 3.4); a reference sample counts as a zero.
  private mutating func readSecondExtension(
    _ first: Int, into values: inout MutableSpan<UInt32>
  ) throws(TensogramError) {
    for index in stride(from: 0, to: values.count, by: 2) {
      let end = bits.endOfFundamentalSequence(at: position)
      let code = end - position - 1
      try bits.checkEnd(end)
      guard code < SzipSecondExtension.codes else { throw SzipBits.tooLarge }
      let pair = SzipSecondExtension.pair(code)
      guard max(pair.0, pair.1) <= parameters.largestValue else { throw SzipBits.tooLarge }
      if index >= first { values[index] = pair.0 }
      values[index + 1] = pair.1
      position = end
    }
  }

  /// The length of a run of zero blocks, of which this is the first (section 3.4).
  private mutating func readZeroBlocks() throws(TensogramError) {
    let end = bits.endOfFundamentalSequence(at: position)
    try bits.checkEnd(end)
    let code = end - position
    let left = parameters.interval - block
    let count =
      switch code {
      case ..<SzipParameters.restOfSegment: code
      case SzipParameters.restOfSegment: min(SzipParameters.segment - block % SzipParameters.segment, left)
      default: code - 1
      }
    guard count <= left else {
      throw .compression("szip error: a run of \(count) zero blocks in an interval with \(left) blocks left")
    }
    zeroBlocks = count - 1
    position = end
  }
}
