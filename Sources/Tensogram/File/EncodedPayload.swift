/// What is checked of a payload that was encoded elsewhere: what its descriptor says must be possible, its bytes are not
/// looked at.
enum EncodedPayload {
  /// Throws an encoding or metadata error that names the key or the sizes.
  static func check(_ object: DataObject, _ pipeline: Pipeline) throws(TensogramError) {
    let size = object.bytes.byteCount
    try checkPackingParameters(object.descriptor.parameters, pipeline)
    if pipeline.filter == nil && pipeline.compression == nil && size != pipeline.encodedSize {
      throw .encoding(
        "a payload of \(size) bytes does not match expected \(pipeline.encodedSize) bytes "
          + "(\(pipeline.count) elements of \(pipeline.dtype.rawValue))")
    }
  }

  private static func checkPackingParameters(
    _ parameters: CBORMap, _ pipeline: Pipeline
  ) throws(TensogramError) {
    guard let packing = pipeline.packing else { return }
    _ = try packing.requireParameters()
    let decimalScale = SimplePackingParameters.Key.decimalScale
    if parameters[decimalScale] == nil { throw StageParameters.missing(decimalScale) }
  }

  /// Where intervals start, in bits of the payload: from 0, rising, none past the end.
  static func checkBlockOffsets(_ object: DataObject) throws(TensogramError) {
    let key = "szip_block_offsets"
    guard let value = object.descriptor.parameters[key] else { return }
    guard object.descriptor.compression == "szip" else {
      throw .encoding("\(key) provided but compression is '\(object.descriptor.compression)', not 'szip'")
    }
    guard case .array(let items) = value else { throw .metadata("expected array for \(key), got \(value.kindName)") }
    guard let first = items.first else { throw .metadata("\(key) must not be empty") }
    guard first.int == 0 else { throw .metadata("\(key) must start with 0: the first offset must be 0") }
    let bound = object.bytes.byteCount.multipliedReportingOverflow(by: 8).partialValue
    var previous = -1
    for (index, item) in items.enumerated() {
      guard let offset = item.int, offset >= 0 else {
        throw .metadata("\(key)[\(index)] must be an unsigned integer, got \(item.kindName)")
      }
      guard offset > previous else {
        throw .metadata("\(key) must be strictly increasing: [\(index)] is \(offset) after \(previous)")
      }
      guard offset <= bound else {
        throw .metadata("\(key)[\(index)] is \(offset), which exceeds the \(bound) bit bound of the payload")
      }
      previous = offset
    }
  }
}
