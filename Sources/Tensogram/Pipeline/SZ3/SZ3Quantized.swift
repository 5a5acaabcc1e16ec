/// What quantizing an array, or windows of it, gives: the parts of a stream's content that depend on the values.
struct SZ3Quantized<Element: SZ3Element> {
  /// In the order of the stream.
  var codes: [UInt16]
  /// The elements of the codes 0.
  var unpredictable: [Element] = []
  /// The number of each block's predictor; for block-wise streams.
  var selection: [UInt16] = []

  mutating func append(_ other: SZ3Quantized) {
    codes += other.codes
    unpredictable += other.unpredictable
    selection += other.selection
  }
}
