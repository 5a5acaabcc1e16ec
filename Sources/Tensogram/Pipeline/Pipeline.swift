/// The way of one object's elements to its payload and back: encoding, filter, compression (codecs specification).
///
///     let pipeline = try Pipeline(descriptor)
///     try pipeline.decode(payload, into: &bytes, workers: Workers())
///
/// A value holds checked parameters only; one may serve many threads at once.
public struct Pipeline: Sendable {
  let dtype: DType
  /// Elements of the object.
  let count: Int
  /// Bytes of all elements.
  let decodedSize: Int
  /// Bytes behind the encoding, which filter and compression work on.
  let encodedSize: Int
  /// Of the elements that the stages take and that decoding gives: the payload's, or this machine's where a stage takes
  /// values rather than bytes.
  let elementOrder: ByteOrder
  let packing: SimplePacking?
  let filter: Shuffle?
  let compression: (any CompressionStage)?

  /// Checks names and parameters of all stages; what is unknown is an encoding error that names it.
  public init(_ descriptor: DataObjectDescriptor) throws(TensogramError) {
    let stages = try PipelineStages(descriptor)
    dtype = descriptor.dtype
    count = descriptor.shape.count
    decodedSize = try descriptor.byteCount
    packing = stages.packing
    filter = stages.filter
    compression = stages.compression
    if let packing {
      encodedSize = try SimplePackingParameters.packedSize(count, bitsPerValue: packing.bitsPerValue)
    } else {
      encodedSize = decodedSize
    }
    elementOrder = stages.takeValues ? .native : descriptor.byteOrder
    try filter?.check(byteCount: encodedSize)
  }

  /// Whether a part of the elements can be decoded from the part of the payload that holds it.
  public var supportsRanges: Bool {
    guard filter == nil, dtype != .bitmask else { return false }
    return compression?.capabilities.decodesRanges ?? true
  }

  /// Whether several workers can share the work of one object.
  public var isParallel: Bool { compression?.capabilities.isParallel ?? true }

  /// Whether ranges are answered by decoding all: zfp but at a fixed rate, which callers rely on.
  var answersRangesFromAll: Bool { compression is ZFP && !supportsRanges }

  /// Whether the published package destroys what it writes this way, as samples of whole bytes: such files exist.
  var destroysValues: Bool { compression is Szip && (packing?.bitsPerValue ?? 0) % 8 != 0 }

  /// Whether the payload is the elements as they are.
  public var isIdentity: Bool { packing == nil && filter == nil && compression == nil }

  /// Throws a range-not-supported error that names the stage which has no ranges.
  func requireRanges() throws(TensogramError) {
    if supportsRanges { return }
    if dtype == .bitmask { throw .rangeNotSupported("range decode not supported for dtype bitmask") }
    if filter != nil { throw .rangeNotSupported("range decode not supported with filter shuffle") }
    throw .rangeNotSupported("range decode not supported by this compression")
  }
}
