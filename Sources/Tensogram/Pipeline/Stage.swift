/// What a stage can do beyond whole payloads: data, so that a pipeline plans instead of trying and catching.
public struct StageCapabilities: Equatable, Sendable {
  /// Decodes a part of its output from the part of the payload that holds it.
  public var decodesRanges: Bool
  /// Spreads one object's work over several workers.
  public var isParallel: Bool

  public init(decodesRanges: Bool = false, isParallel: Bool = false) {
    self.decodesRanges = decodesRanges
    self.isParallel = isParallel
  }
}

/// The last stage of a pipeline: bytes to payload and back.
///
/// A value holds the codec's checked parameters and no other state: one may serve many threads at once. It knows
/// nothing of messages. Its input is hostile when decoding: no payload may crash it, make it read outside the payload,
/// or write other than the whole of `output`.
protocol CompressionStage: Sendable {
  var capabilities: StageCapabilities { get }

  /// The most bytes that ``encode(_:into:workers:)`` writes for `byteCount` bytes.
  func maximumEncodedSize(_ byteCount: Int) throws(TensogramError) -> Int

  /// The most bytes of CBOR that the parameters take which ``encode(_:into:workers:)`` returns for `byteCount` bytes.
  func maximumParameterSize(_ byteCount: Int) -> Int

  /// Appends the payload of `input` to `output`, which has room for ``maximumEncodedSize(_:)``.
  ///
  /// Returns the descriptor parameters that this codec adds or completes.
  func encode(
    _ input: RawSpan, into output: inout OutputRawSpan, workers: Workers
  ) throws(TensogramError) -> [(key: String, value: CBORValue)]

  /// Bytes the payload says it decodes to, by reading no more than its head; `nil` where that does not tell.
  ///
  /// Compared with the descriptor's size before anything of that size is allocated.
  func decodedSize(of payload: PayloadWindow) throws(TensogramError) -> Int?

  /// The most bytes that a payload of `payloadSize` bytes can decode to; `nil` where there is no such limit.
  func maximumDecodedSize(_ payloadSize: Int) throws(TensogramError) -> Int?

  /// Decodes the whole payload into the whole of `output`; a payload that holds more or fewer bytes is an error.
  func decode(_ payload: RawSpan, into output: inout MutableRawSpan, workers: Workers) throws(TensogramError)

  /// Decodes `range`, a range of the `decodedSize` bytes of the whole output, into `output`, reading only what it
  /// needs of `payload`. Called only where ``StageCapabilities/decodesRanges`` is set.
  func decode(
    _ range: Range<Int>, of decodedSize: Int, from payload: PayloadWindow, into output: inout MutableRawSpan,
    workers: Workers
  ) throws(TensogramError)

  /// Which bytes of a payload of `payloadSize` bytes decoding `ranges` of its output reads, as far as the parameters
  /// tell, so that they can be got ahead; more or fewer cost time only.
  func payloadRanges(for ranges: [Range<Int>], of decodedSize: Int, payloadSize: Int) -> [Range<Int>]
}

extension CompressionStage {
  func maximumParameterSize(_ byteCount: Int) -> Int { 0 }

  func decodedSize(of payload: PayloadWindow) throws(TensogramError) -> Int? { nil }

  func maximumDecodedSize(_ payloadSize: Int) throws(TensogramError) -> Int? { nil }

  func decode(
    _ range: Range<Int>, of decodedSize: Int, from payload: PayloadWindow, into output: inout MutableRawSpan,
    workers: Workers
  ) throws(TensogramError) {
    throw .rangeNotSupported("range decode not supported by this compression")
  }
}
