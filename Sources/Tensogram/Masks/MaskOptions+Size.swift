extension MaskOptions {
  /// The most bytes that the masks of `count` elements take, with what the descriptor says of them.
  func maximumSize(_ count: Int) -> Int {
    let kinds = (allowsNaN ? 1 : 0) + (allowsInfinity ? 2 : 0)
    if kinds == 0 { return 0 }
    // The largest blob is one of runs of one element each; codecs add less than a quarter of the bits, and a header.
    let packed = PackedBits.byteCount(count)
    let blob = max(RunLengths.maximumSize(count), packed + packed / 4) + Self.headerSize
    return kinds * (blob + Self.entrySize)
  }

  /// Of a codec's frame, generously.
  private static let headerSize = 4096
  /// `"inf+": {"method": "roaring", "offset": …, "length": …, "params": {"codec": "blosclz", "level": …}}`.
  private static let entrySize = 128
}
