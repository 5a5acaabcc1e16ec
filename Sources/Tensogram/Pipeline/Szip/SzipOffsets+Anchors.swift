/// Offsets one block early.
///
/// libaec from 1.1 on, and with it the published package, notes the start of an interval's last block as the start of the
/// next interval where that block follows a run of zero blocks. Ranges of such files are to be right all the same. So an
/// offset counts as sure only where the bits before it cannot be a run's code; elsewhere decoding starts further ahead.
extension SzipOffsets {
  /// Bytes before an offset that ``isSure(_:in:from:_:)`` looks at: a longest run's code.
  static let margin = 16

  /// The last sure interval from `first` up to `interval`, by the bytes of the payload from `firstByte` on, which reach to
  /// ``margin`` bytes before them.
  func anchor(
    of interval: Int, notBefore first: Int, in payload: RawSpan, from firstByte: Int, _ parameters: SzipParameters
  ) -> Int? {
    (first...interval).last { isSure($0, in: payload, from: firstByte, parameters) }
  }

  /// Whether `interval` starts where its offset says, whoever wrote it.
  private func isSure(
    _ interval: Int, in payload: RawSpan, from firstByte: Int, _ parameters: SzipParameters
  ) -> Bool {
    // A run and a block after it take two blocks.
    if interval == 0 || parameters.interval == 1 { return true }
    let bits = SzipBits(payload)
    let end = self[interval] - firstByte * 8
    let start = max(self[interval - 1] - firstByte * 8, 0)
    func isZero(_ width: Int, at position: Int) -> Bool { position >= start && bits.field(width, at: position) == 0 }

    // The code is zeros, a reference sample if the run starts the interval, zeros and a one.
    let header = parameters.identifierWidth + 1
    guard !isZero(1, at: end - 1) else { return true }
    var zeros = 0
    while zeros < SzipParameters.segment + header && isZero(1, at: end - 2 - zeros) { zeros += 1 }
    if zeros >= header { return false }
    guard parameters.usesReferences else { return true }
    return !(0...zeros).contains { length in
      isZero(header, at: end - 1 - length - parameters.bitsPerSample - header)
    }
  }
}
