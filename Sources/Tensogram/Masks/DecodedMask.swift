/// One mask, ready to tell the positions it covers in any range; all of its blob is checked, but for plain bits, which
/// are read when they are asked for.
struct DecodedMask: Sendable {
  private enum Form: Sendable {
    /// Packed bits where they are.
    case window(PayloadWindow)
    case packed(MaskBits)
    case runs([Range<Int>])
    case roaring([UInt8], RoaringLayout)
  }

  private let form: Form

  /// Decodes the blob of a mask of `count` elements.
  ///
  /// What is allocated is bounded by the blob and, for byte codecs, by the blob's own claim, which must be the mask's.
  init(_ method: MaskMethod, _ blob: PayloadWindow, count: Int) throws(TensogramError) {
    let size = PackedBits.byteCount(count)
    if let codec = MaskCodec.codec(method) {
      form = .packed(try codec.decompress(blob, size: size))
      return
    }
    switch method {
    case .rle:
      form = try Self.decodeRunLengths(blob, count)
    case .roaring:
      let bytes = try blob.withBytes { (bytes) throws(TensogramError) in bytes.array }
      form = .roaring(bytes, try RoaringLayout(of: unsafe bytes.span.bytes, bitCount: count))
    default:
      guard blob.count == size else { throw .encoding("has \(blob.count) bytes for \(count) bits") }
      form = .window(blob)
    }
  }

  /// Memory of a decoded run, in bytes of packed bits that take as much.
  private static let bytesPerRun = MemoryLayout<Range<Int>>.size

  /// As runs where those are few, else as packed bits: either way at most some times the blob.
  private static func decodeRunLengths(_ blob: PayloadWindow, _ count: Int) throws(TensogramError) -> Form {
    try blob.withBytes { (blob) throws(TensogramError) in
      let size = PackedBits.byteCount(count)
      if blob.byteCount / 2 * bytesPerRun < size {
        var runs: [Range<Int>] = []
        try RunLengths.forEachRun(of: blob, bitCount: count) { runs.append($0) }
        return .runs(runs)
      }
      var buffer = try ScratchBuffer(byteCount: size)
      try fill(&buffer, blob, count)
      return .packed(MaskBits(buffer))
    }
  }

  private static func fill(
    _ buffer: inout ScratchBuffer, _ blob: RawSpan, _ count: Int
  ) throws(TensogramError) {
    var bytes = buffer.mutableBytes
    bytes.fillWithZeros()
    try RunLengths.forEachRun(of: blob, bitCount: count) { PackedBits.set($0, in: &bytes) }
  }

  /// Elements whose plain bits are read at once.
  private static let windowLength = 1 << 19

  /// Calls `body` with runs of the covered positions among `range`, which are there, in rising order.
  func forEachRun(in range: Range<Int>, _ body: (Range<Int>) -> Void) throws(TensogramError) {
    switch form {
    case .packed(let bits):
      bits.forEachRun(in: range, body)
    case .roaring(let blob, let layout):
      // Bytes have no padding.
      layout.forEachRun(of: unsafe blob.span.bytes, in: range, body)
    case .runs(let runs):
      for run in runs[firstRun(runs, endingBehind: range.lowerBound)...] {
        if run.lowerBound >= range.upperBound { return }
        body(run.clamped(to: range))
      }
    case .window(let window):
      for start in stride(from: range.lowerBound & ~7, to: range.upperBound, by: Self.windowLength) {
        let part = max(start, range.lowerBound)..<min(start + Self.windowLength, range.upperBound)
        try window.withBytes(start / 8..<PackedBits.byteCount(part.upperBound)) { (bytes) throws(TensogramError) in
          PackedBits.forEachRun(of: bytes, in: part.lowerBound - start..<part.upperBound - start) { run in
            body(run.lowerBound + start..<run.upperBound + start)
          }
        }
      }
    }
  }

  private func firstRun(_ runs: [Range<Int>], endingBehind position: Int) -> Int {
    var (low, high) = (0, runs.count)
    while low < high {
      let middle = (low + high) / 2
      if runs[middle].upperBound <= position { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

extension RawSpan {
  /// A copy of the bytes.
  var array: [UInt8] { unsafe withUnsafeBytes { unsafe Array($0) } }
}
