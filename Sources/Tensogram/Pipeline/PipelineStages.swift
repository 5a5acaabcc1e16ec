/// The stages that a descriptor names, with their parameters checked, and checked against each other.
struct PipelineStages {
  let packing: SimplePacking?
  let filter: Shuffle?
  let compression: (any CompressionStage)?
  /// A stage works on numbers in this machine's byte order, not on bytes.
  let takeValues: Bool

  init(_ descriptor: DataObjectDescriptor) throws(TensogramError) {
    let parameters = StageParameters(descriptor.parameters)
    packing = try Self.packing(descriptor, parameters)
    filter = try Self.filter(descriptor, parameters, packing)
    let factory = CompressionFactory(
      descriptor: descriptor, parameters: parameters, packing: packing, isShuffled: filter != nil)
    compression = try factory.make()
    takeValues = packing != nil || factory.takesValues
  }

  private static func packing(
    _ descriptor: DataObjectDescriptor, _ parameters: StageParameters
  ) throws(TensogramError) -> SimplePacking? {
    switch descriptor.encoding {
    case "none": nil
    case "simple_packing": try SimplePacking(parameters, dtype: descriptor.dtype)
    default: throw .encoding("unknown encoding: '\(descriptor.encoding)'")
    }
  }

  private static func filter(
    _ descriptor: DataObjectDescriptor, _ parameters: StageParameters, _ packing: SimplePacking?
  ) throws(TensogramError) -> Shuffle? {
    switch descriptor.filter {
    case "none": return nil
    case "shuffle":
      let width = packing.map { ($0.bitsPerValue + 7) / 8 } ?? descriptor.dtype.width
      return try Shuffle(parameters, defaultElementSize: max(width, 1))
    default: throw .encoding("unknown filter: '\(descriptor.filter)'")
    }
  }
}

extension Pipeline {
  // The names that are known, as the switches here have them.
  static let encodings = ["none", "simple_packing"]
  static let filters = ["none", "shuffle"]
  static let compressions = ["none", "szip", "zstd", "lz4", "blosc2", "zfp", "sz3", "rle", "roaring"]
}

/// Makes the compression stage of a descriptor.
private struct CompressionFactory {
  let descriptor: DataObjectDescriptor
  let parameters: StageParameters
  let packing: SimplePacking?
  let isShuffled: Bool

  private var name: String { descriptor.compression }

  var takesValues: Bool { name == "zfp" || name == "sz3" }

  func make() throws(TensogramError) -> (any CompressionStage)? {
    switch name {
    case "none": return nil
    case "zstd": return try Zstd(parameters)
    case "lz4": return LZ4()
    case "szip":
      // Packed values stay whole samples where a shuffle moved their bytes: the published package has it so.
      return try Szip(parameters, bitsPerSample: packing?.bitsPerValue ?? bitsPerSample, isPacked: packing != nil)
    case "blosc2": return try Blosc2(parameters, typeSize: max((bitsPerSample + 7) / 8, 1))
    case "zfp":
      try requireValues()
      return try ZFP(parameters, dtype: descriptor.dtype)
    case "rle": return try BitmaskCompression(.rle, dtype: descriptor.dtype)
    case "roaring": return try BitmaskCompression(.roaring, dtype: descriptor.dtype)
    case "sz3":
      try requireValues()
      return try SZ3(parameters, dtype: descriptor.dtype)
    default: throw .encoding("unknown compression: '\(name)'")
    }
  }

  /// Bits of what the codec sees as one number: packed ones, bytes after a shuffle, else elements.
  private var bitsPerSample: Int {
    if isShuffled || descriptor.dtype == .bitmask { return 8 }
    return packing?.bitsPerValue ?? 8 * descriptor.dtype.width
  }

  /// Throws an encoding error where another stage stands between the elements and a codec that takes numbers.
  private func requireValues() throws(TensogramError) {
    guard packing == nil, !isShuffled else {
      let stage = packing != nil ? "encoding simple_packing" : "filter shuffle"
      throw .encoding("compression \(name) takes the elements as they are, which \(stage) in front of it does not give")
    }
  }
}
