/// Reads an N-dimensional selection of an object by the fewest useful element ranges, straight into the result.
///
/// From the outermost axis inwards: a part that is contiguous is decoded into its place; one whose covering range is
/// small, or dense enough, is decoded into a buffer and gathered from there; any other is read index by index, or in
/// pieces of neighbouring indices where these share what a compression decodes at once.
struct SelectionReader {
  let pipeline: Pipeline
  let payload: PayloadWindow
  let selection: Selection
  let strides: [Int]
  let workers: Workers

  /// Bytes of a covering range that are decoded and gathered rather than visited piece by piece.
  private static let smallCover = 64 << 10
  /// The most bytes of a covering range that are decoded at once.
  private static let largestCover = 4 << 20
  /// A covering range is dense where at least one of so many elements is wanted.
  private static let densityLimit = 8
  /// Bytes that a compression decodes at once, for want of a better number: a block of blosc2, some intervals of szip.
  private static let decodedTogether = 128 << 10

  init(
    _ pipeline: Pipeline, _ payload: PayloadWindow, _ selection: Selection, of shape: Shape, workers: Workers
  ) {
    self.pipeline = pipeline
    self.payload = payload
    self.selection = selection
    self.workers = workers
    strides = shape.strides
  }

  /// Fills `output`, which has exactly the selection's size, in C order.
  func read(into output: inout MutableRawSpan) throws(TensogramError) {
    if selection.count == 0 { return }
    var scratch: ScratchBuffer? = nil
    try read(axis: 0, element: 0, &output, &scratch)
  }

  /// Elements from the first to the last that is taken, of the axes from `axis` inwards, relative to their origin.
  private func cover(_ axis: Int) -> Range<Int> {
    var low = 0
    var high = 0
    for inner in axis..<selection.axes.count {
      let bounds = selection.axes[inner].bounds
      low += bounds.lowerBound * strides[inner]
      high += bounds.upperBound * strides[inner]
    }
    return low..<high + 1
  }

  private func count(_ axis: Int) -> Int {
    selection.axes[axis...].reduce(1) { $0 * $1.count }
  }

  private func isContiguous(_ axis: Int, _ cover: Range<Int>) -> Bool {
    cover.count == count(axis) && selection.axes[axis...].allSatisfy { $0.step > 0 || $0.count == 1 }
  }

  private func read(
    axis: Int, element origin: Int, _ output: inout MutableRawSpan, _ scratch: inout ScratchBuffer?
  ) throws(TensogramError) {
    let width = pipeline.dtype.width
    let cover = cover(axis)
    let range = origin + cover.lowerBound..<origin + cover.upperBound
    if isContiguous(axis, cover) {
      return try pipeline.decode(elements: range, of: payload, into: &output, workers: workers)
    }
    let coverSize = cover.count * width
    let isDense = cover.count <= count(axis) * Self.densityLimit && coverSize <= Self.largestCover
    if coverSize <= Self.smallCover || isDense || axis == selection.axes.count - 1 && coverSize <= Self.largestCover {
      return try gather(axis, origin, range, &output, &scratch)
    }
    if axis == selection.axes.count - 1 || sharesDecoding(axis) {
      return try readInPieces(axis, origin, &output, &scratch)
    }
    let axisSelection = selection.axes[axis]
    let size = output.byteCount / axisSelection.count
    for index in 0..<axisSelection.count {
      var part = output._mutatingExtracting(index * size..<(index + 1) * size)
      let position = axisSelection.start + index * axisSelection.step
      try read(axis: axis + 1, element: origin + position * strides[axis], &part, &scratch)
    }
  }

  /// Whether one index of the axis is so near to the next that both are in the same unit of the compression. Those of
  /// zfp are of 64 values, so no two rows share one.
  private func sharesDecoding(_ axis: Int) -> Bool {
    let axisSelection = selection.axes[axis]
    guard let compression = pipeline.compression, !(compression is ZFP), axisSelection.count > 1 else { return false }
    return abs(axisSelection.step) * strides[axis] * pipeline.dtype.width < Self.decodedTogether
  }

  /// An axis whose cover is larger than ``largestCover``: pieces of about that size, one after the other.
  private func readInPieces(
    _ axis: Int, _ origin: Int, _ output: inout MutableRawSpan, _ scratch: inout ScratchBuffer?
  ) throws(TensogramError) {
    let width = pipeline.dtype.width
    let whole = selection.axes[axis]
    let inner = cover(axis + 1)
    let size = output.byteCount / whole.count
    let perPiece = max(Self.largestCover / (abs(whole.step) * strides[axis] * width), 1)
    var done = 0
    while done < whole.count {
      let piece = Selection.Axis(
        start: whole.start + done * whole.step, step: whole.step, count: min(perPiece, whole.count - done))
      let bounds = piece.bounds
      let first = origin + bounds.lowerBound * strides[axis] + inner.lowerBound
      let range = first..<origin + bounds.upperBound * strides[axis] + inner.upperBound
      var part = output._mutatingExtracting(done * size..<(done + piece.count) * size)
      try withDecoded(range, &scratch) { bytes in
        Gather.copy(
          bytes, from: range.lowerBound - origin, width, [piece] + selection.axes[(axis + 1)...],
          Array(strides[axis...]), into: &part)
      }
      done += piece.count
    }
  }

  private func gather(
    _ axis: Int, _ origin: Int, _ range: Range<Int>, _ output: inout MutableRawSpan, _ scratch: inout ScratchBuffer?
  ) throws(TensogramError) {
    try withDecoded(range, &scratch) { bytes in
      Gather.copy(
        bytes, from: range.lowerBound - origin, pipeline.dtype.width, Array(selection.axes[axis...]),
        Array(strides[axis...]), into: &output)
    }
  }

  /// Hands the decoded elements of `range` to `body`, in place where the payload is in memory as it is.
  private func withDecoded(
    _ range: Range<Int>, _ scratch: inout ScratchBuffer?, _ body: (RawSpan) -> Void
  ) throws(TensogramError) {
    let width = pipeline.dtype.width
    if pipeline.isIdentity, payload.source.isResident {
      let bytes = range.lowerBound * width..<range.upperBound * width
      return try payload.withBytes(bytes) { (bytes) throws(TensogramError) in body(bytes) }
    }
    let size = range.count * width
    var buffer =
      if let present = scratch.take(), present.count >= size { present } else {
        try ScratchBuffer(byteCount: max(size, Self.smallCover))
      }
    try fill(&buffer, range, size)
    body(buffer.bytes.extracting(0..<size))
    scratch = consume buffer
  }

  private func fill(_ buffer: inout ScratchBuffer, _ range: Range<Int>, _ size: Int) throws(TensogramError) {
    var whole = buffer.mutableBytes
    var bytes = whole._mutatingExtracting(0..<size)
    try pipeline.decode(elements: range, of: payload, into: &bytes, workers: workers)
  }
}

/// Copies a strided selection out of decoded elements.
enum Gather {
  /// `source` holds elements from number `first` on; `axes` and their `strides` count elements. Fills `output` in C
  /// order.
  static func copy(
    _ source: RawSpan, from first: Int, _ width: Int, _ axes: [Selection.Axis], _ strides: [Int],
    into output: inout MutableRawSpan
  ) {
    switch width {
    case 1: copy(source, -first, axes[...], strides[...], &output, as: UInt8.self)
    case 2: copy(source, -first, axes[...], strides[...], &output, as: UInt16.self)
    case 4: copy(source, -first, axes[...], strides[...], &output, as: UInt32.self)
    case 8: copy(source, -first, axes[...], strides[...], &output, as: UInt64.self)
    default: copy(source, -first, axes[...], strides[...], &output, as: SIMD2<UInt64>.self)
    }
  }

  private static func copy<Element: BitwiseCopyable>(
    _ source: RawSpan, _ origin: Int, _ axes: ArraySlice<Selection.Axis>, _ strides: ArraySlice<Int>,
    _ output: inout MutableRawSpan, as type: Element.Type
  ) {
    guard let axis = axes.first, let stride = strides.first else { return }
    let width = MemoryLayout<Element>.size
    let start = origin + axis.start * stride
    let step = axis.step * stride
    if axes.count == 1 {
      if step == 1 {
        output.copy(source.extracting(start * width..<(start + axis.count) * width))
        return
      }
      for index in 0..<axis.count {
        // Any bits are an element; the bounds of both spans are checked.
        let value = unsafe source.unsafeLoadUnaligned(fromByteOffset: (start + index * step) * width, as: Element.self)
        output.storeBytes(of: value, toByteOffset: index * width, as: Element.self)
      }
      return
    }
    let size = output.byteCount / axis.count
    for index in 0..<axis.count {
      var part = output._mutatingExtracting(index * size..<(index + 1) * size)
      copy(source, start + index * step, axes.dropFirst(), strides.dropFirst(), &part, as: type)
    }
  }
}
