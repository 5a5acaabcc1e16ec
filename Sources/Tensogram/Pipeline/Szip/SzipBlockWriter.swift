/// Encodes mapped values into the blocks of intervals (CCSDS 121.0-B-3, section 5), each with the option that takes the
/// fewest bits; among equals the one libaec takes.
struct SzipBlockWriter: ~Copyable, ~Escapable {
  private let parameters: SzipParameters
  private var bits: SzipBitWriter
  /// Blocks of the interval that are taken.
  private var block = 0
  /// Zero blocks that are taken but not written yet.
  private var zeroBlocks = 0
  /// The reference sample's bits, where the first of these blocks holds one.
  private var zeroBlocksReference: UInt32?
  /// The last split option found best, used or not: where the search for the next starts.
  private var split: Int

  /// Writes to `bytes`, which has room for ``maximumSize(_:)``. `split` is the option to start the search from.
  @_lifetime(&bytes)
  init(_ parameters: SzipParameters, _ bytes: inout MutableRawSpan, split: Int = 0) {
    self.parameters = parameters
    self.split = split
    bits = SzipBitWriter(&bytes)
  }

  /// Bits that are written.
  var position: Int { bits.position }

  /// Ends an interval; the next block starts another one.
  mutating func endInterval() {
    writeZeroBlocks(endsSegment: true)
    block = 0
    if parameters.flags.contains(.paddedIntervals) { bits.padToByte() }
  }

  /// Ends the stream and returns its bytes.
  mutating func finish() -> Int {
    bits.padToByte()
    return bits.position / 8
  }

  /// Takes `values`, a number of whole blocks of the interval; where a reference sample belongs stand its bits.
  mutating func append(_ values: Span<UInt32>) {
    let size = parameters.blockSize
    for start in stride(from: 0, to: values.count, by: size) {
      appendBlock(values.extracting(start..<start &+ size))
    }
  }

  @inline(__always)
  private mutating func appendBlock(_ values: Span<UInt32>) {
    let isReferenced = block == 0 && parameters.usesReferences
    let reference = isReferenced ? values[0] : nil
    let coded = isReferenced ? values.extracting(droppingFirst: 1) : values
    if SzipCost.isZero(coded) {
      if zeroBlocks == 0 { zeroBlocksReference = reference }
      zeroBlocks &+= 1
      block &+= 1
      if block % SzipParameters.segment == 0 { writeZeroBlocks(endsSegment: true) }
      return
    }
    if zeroBlocks > 0 { writeZeroBlocks(endsSegment: false) }
    block &+= 1

    let uncoded = coded.count &* parameters.bitsPerSample
    var best = Int.max
    var quotients = 0
    if parameters.splitOptions > 0 {
      (split, quotients) = SzipCost.bestSplit(of: coded, parameters, from: split)
      best = quotients &+ coded.count &* (split &+ 1)
    }
    // Pairs are short only where values are smaller than 1 on average.
    if parameters.splitOptions == 0 || split == 0 && quotients < coded.count {
      let cost = SzipSecondExtension.cost(of: values, isReferenced: isReferenced, limit: uncoded)
      if cost < uncoded && cost <= best {
        writeSecondExtension(values, reference)
        return
      }
    }
    if best < uncoded {
      writeIdentifier(UInt64(truncatingIfNeeded: split &+ 1), parameters.identifierWidth, reference)
      bits.appendFundamentalSequences(of: coded, droppingBits: split, total: quotients &+ coded.count)
      if split > 0 { bits.appendFields(of: coded, width: split) }
    } else {
      bits.append(UInt64(parameters.uncodedIdentifier), width: parameters.identifierWidth)
      bits.appendFields(of: values, width: parameters.bitsPerSample)
    }
  }

  @inline(__always)
  private mutating func writeIdentifier(_ identifier: UInt64, _ width: Int, _ reference: UInt32?) {
    bits.append(identifier, width: width)
    if let reference { bits.append(UInt64(reference), width: parameters.bitsPerSample) }
  }

  private mutating func writeSecondExtension(_ values: Span<UInt32>, _ reference: UInt32?) {
    writeIdentifier(1, parameters.identifierWidth + 1, reference)
    for index in stride(from: 0, to: values.count, by: 2) {
      let first = index == 0 && reference != nil ? 0 : values[index]
      bits.appendFundamentalSequence(SzipSecondExtension.code(first, values[index + 1]))
    }
  }

  private mutating func writeZeroBlocks(endsSegment: Bool) {
    if zeroBlocks == 0 { return }
    writeIdentifier(0, parameters.identifierWidth + 1, zeroBlocksReference)
    let rest = SzipParameters.restOfSegment
    let code = zeroBlocks < rest ? zeroBlocks : endsSegment ? rest : zeroBlocks + 1
    bits.appendFundamentalSequence(code - 1)
    zeroBlocks = 0
    zeroBlocksReference = nil
  }

  /// The most bytes that `sampleCount` samples take, or `nil` if that is not a number.
  static func maximumSize(_ sampleCount: Int, _ parameters: SzipParameters) -> Int? {
    let blocks = sampleCount / parameters.blockSize + 1
    // No option takes more than the uncoded one, but for a lone zero block, which takes two bits. Intervals may be padded.
    let blockBits = parameters.identifierWidth + 2 + parameters.blockSize * parameters.bitsPerSample + 7
    let (bits, overflows) = blocks.multipliedReportingOverflow(by: blockBits)
    return overflows ? nil : bits / 8 + 1 + SzipBitWriter.margin
  }
}
