/// What a sample is and which variant of the code is used; libaec's bits.
struct SzipFlags: OptionSet, Sendable {
  let rawValue: UInt32

  init(rawValue: UInt32) { self.rawValue = rawValue }

  /// Samples are signed; matters for the prediction only.
  static let signed = SzipFlags(rawValue: 1)
  /// Samples of 17 to 24 bits take 3 bytes, not 4.
  static let threeBytes = SzipFlags(rawValue: 2)
  /// The most significant byte of a sample comes first.
  static let mostSignificantFirst = SzipFlags(rawValue: 4)
  /// Differences to the sample before are coded, not the samples.
  static let preprocess = SzipFlags(rawValue: 8)
  /// The restricted set of code options, for samples of at most 4 bits.
  static let restricted = SzipFlags(rawValue: 16)
  /// Each interval starts at a byte.
  static let paddedIntervals = SzipFlags(rawValue: 32)
  /// Any even block size.
  static let anyBlockSize = SzipFlags(rawValue: 64)
}

/// The checked parameters of a stream of CCSDS 121.0-B-3 adaptive entropy coding.
///
///     let parameters = try SzipParameters(bitsPerSample: 16, blockSize: 16, interval: 128, flags: .preprocess)
struct SzipParameters: Equatable, Sendable {
  /// 1 to 32, n in the standard.
  let bitsPerSample: Int
  /// Samples that share one code option, J in the standard.
  let blockSize: Int
  /// Blocks from one reference sample to the next, r in the standard.
  let interval: Int
  let flags: SzipFlags

  /// The standard stops at 64, which flag 64 lifts; the working memory of a decoder grows with it.
  static let largestBlockSize = 1 << 16
  static let largestInterval = 4096

  /// Parameters that the code has no meaning for are an encoding error that names them.
  init(bitsPerSample: Int, blockSize: Int, interval: Int, flags: SzipFlags) throws(TensogramError) {
    guard 1...32 ~= bitsPerSample else {
      throw .encoding("szip takes samples of 1 to 32 bits, not \(bitsPerSample)")
    }
    guard 1...Self.largestInterval ~= interval else {
      throw .encoding("szip_rsi must be 1 to \(Self.largestInterval), got \(interval)")
    }
    if flags.contains(.anyBlockSize) {
      guard 2...Self.largestBlockSize ~= blockSize, blockSize % 2 == 0 else {
        throw .encoding("szip_block_size must be an even number from 2 to \(Self.largestBlockSize), got \(blockSize)")
      }
    } else if ![8, 16, 32, 64].contains(blockSize) {
      throw .encoding("szip_block_size must be 8, 16, 32 or 64 (or szip_flags have bit 64), got \(blockSize)")
    }
    if flags.contains(.restricted) && bitsPerSample > 4 {
      throw .encoding("szip_flags bit 16 (restricted) takes samples of at most 4 bits, not \(bitsPerSample)")
    }
    self.bitsPerSample = bitsPerSample
    self.blockSize = blockSize
    self.interval = interval
    self.flags = flags
  }

  /// Bytes that hold one sample outside the stream.
  var bytesPerSample: Int {
    switch bitsPerSample {
    case ...8: 1
    case ...16: 2
    case ...24 where flags.contains(.threeBytes): 3
    default: 4
    }
  }

  var samplesPerInterval: Int { interval * blockSize }

  /// Samples are coded as mapped prediction errors, the first of an interval as it is.
  var usesReferences: Bool { flags.contains(.preprocess) }

  /// The smallest and the largest sample. Without preprocessing a sample is just its bits.
  var sampleRange: ClosedRange<Int> {
    flags.isSuperset(of: [.signed, .preprocess])
      ? -(1 << (bitsPerSample - 1))...(1 << (bitsPerSample - 1)) - 1 : 0...(1 << bitsPerSample) - 1
  }

  /// The largest mapped value.
  var largestValue: UInt32 { UInt32.max >> UInt32(32 - bitsPerSample) }

  // MARK: Code options (CCSDS 121.0-B-3, table 5-1)

  /// Bits of the option identifier at the start of a block.
  var identifierWidth: Int {
    if flags.contains(.restricted) { return bitsPerSample <= 2 ? 1 : 2 }
    return bitsPerSample <= 8 ? 3 : bitsPerSample <= 16 ? 4 : 5
  }

  /// The identifier of blocks that are not coded: all ones. 0 is a run of zero blocks or the second extension, and k + 1
  /// is the split option with k bits.
  var uncodedIdentifier: Int { 1 << identifierWidth - 1 }

  /// How many split options there are: k from 0 on.
  var splitOptions: Int { uncodedIdentifier - 1 }

  /// Blocks after which a run of zero blocks is written out at the latest.
  static let segment = 64
  /// The run length code that means "all blocks up to the end of the segment"; longer runs are coded one higher.
  static let restOfSegment = 5
}
