/// Checks in a few milliseconds that all of this library, and the libraries it loads, works on this machine.
///
///     for result in SelfTest.run() where result.failure != nil { print(result) }
public enum SelfTest {
  public struct Result: Sendable {
    public let label: String
    /// What went wrong; `nil` where nothing did.
    public let failure: String?
  }

  /// Runs every check; none of them reads or writes a file.
  public static func run() -> [Result] {
    let checks: [(label: String, body: () throws(TensogramError) -> Void)] = [
      ("encode, decode none/none/none", { () throws(TensogramError) in try roundTrip(Field()) }),
      ("metadata", metadata),
      ("scan", scan),
      ("hash xxh3, libxxhash \(LinkedLibraries.xxhash)", hash),
      ("masks", masks),
    ]
    let pipelines = Field.pipelines.map { label, field in
      (label: label, body: { () throws(TensogramError) in try roundTrip(field) })
    }
    return (checks + pipelines).map { label, body in
      do throws(TensogramError) {
        try body()
        return Result(label: label, failure: nil)
      } catch {
        return Result(label: label, failure: error.description)
      }
    }
  }

  private static func roundTrip(_ field: Field) throws(TensogramError) {
    let values = field.values
    let decoded = try read(message(field, values))
    for (index, value) in values.enumerated() {
      guard decoded.count == values.count, (decoded[index] - value).magnitude <= field.tolerance else {
        throw .encoding("element \(index) is \(decoded[index]) after decoding, not \(value) ± \(field.tolerance)")
      }
    }
  }

  private static func metadata() throws(TensogramError) {
    var entry = CBORMap()
    entry["name"] = .text("température")
    let decoded = try reader(message(Field(), [1], Metadata(base: [entry]))).metadata()
    guard decoded.base.first?["name"] == entry["name"], decoded.reserved["uuid"] != nil else {
      throw .metadata("the metadata is another one after decoding")
    }
  }

  private static func scan() throws(TensogramError) {
    let first = try message(Field(), [1, 2])
    let second = try message(Field(), [3])
    let found = try MessageScanner.scan(MemorySource(copying: first + [1, 2, 3] + second))
    guard found == [0..<first.count, first.count + 3..<first.count + 3 + second.count] else {
      throw .framing("two messages were written, and found at \(found)")
    }
  }

  /// A hash must be right, and a changed value be noticed.
  private static func hash() throws(TensogramError) {
    var bytes = try message(Field(), [1, 2, 3])
    let intact = try reader(bytes)
    try intact.verifyHash(0)
    bytes[try intact.located(0).payload.lowerBound] ^= 1
    do {
      try reader(bytes).verifyHash(0)
    } catch {
      if case .hashMismatch = error.kind { return }
      throw error
    }
    throw .encoding("a changed byte went unnoticed")
  }

  private static func masks() throws(TensogramError) {
    let values: [Double] = [1, .nan, .infinity, -.infinity]
    var options = EncodeOptions()
    options.masks.allowsNaN = true
    options.masks.allowsInfinity = true
    let decoded = try read(message(Field(), values, options: options))
    guard decoded.map(\.description) == values.map(\.description) else {
      throw .encoding("\(values) are \(decoded) after decoding")
    }
  }

  // MARK: Messages

  private static func message(
    _ field: Field, _ values: [Double], _ metadata: Metadata = Metadata(), options: EncodeOptions = EncodeOptions()
  ) throws(TensogramError) -> [UInt8] {
    var descriptor = DataObjectDescriptor(shape: try Shape([values.count]), dtype: .float64)
    descriptor.encoding = field.encoding
    descriptor.filter = field.filter
    descriptor.compression = field.compression
    descriptor.parameters = field.parameters
    // Numbers have no padding that could be read.
    return try unsafe values.span.bytes.withUnsafeBytes { (bytes) throws(TensogramError) in
      // The encoder is done with the values when this returns.
      let object = unsafe DataObject(descriptor, data: bytes)
      return try MessageEncoder(metadata, [object], options: options).encode()
    }
  }

  private static func reader(_ bytes: [UInt8]) throws(TensogramError) -> MessageReader {
    try MessageReader(MemorySource(copying: bytes))
  }

  private static func read(_ bytes: [UInt8]) throws(TensogramError) -> [Double] {
    let message = try reader(bytes)
    let object = try message.located(0)
    var decoded = [Double](repeating: 0, count: object.descriptor.shape.count)
    var elements = decoded.mutableSpan
    // Any bits are a number.
    var bytes = unsafe elements.mutableBytes
    try message.read(object, into: &bytes)
    return decoded
  }
}

/// Values to encode, how, and how near they are to come back.
private struct Field {
  var encoding = "none"
  var filter = "none"
  var compression = "none"
  var parameters = CBORMap()
  var tolerance = 0.0

  /// Jumps on a slope.
  var values: [Double] {
    (0..<600).map { (index: Int) -> Double in
      let jump = Double(index * 37 % 101) / 8
      return 250 + jump + Double(index) / 64
    }
  }

  static var pipelines: [(label: String, field: Field)] {
    [
      (
        "simple_packing, szip",
        Field(encoding: "simple_packing", compression: "szip", ["sp_bits_per_value": .unsigned(16)], tolerance: 1e-3)
      ),
      ("shuffle, zstd", Field(filter: "shuffle", compression: "zstd")),
      ("lz4", Field(compression: "lz4")),
      ("blosc2", Field(compression: "blosc2")),
      (
        "zfp, fixed rate",
        Field(compression: "zfp", ["zfp_mode": .text("fixed_rate"), "zfp_rate": .float(32)], tolerance: 1e-3)
      ),
      (
        "sz3, absolute error",
        Field(
          compression: "sz3", ["sz3_error_bound_mode": .text("abs"), "sz3_error_bound": .float(0.01)], tolerance: 0.01)
      ),
    ]
  }

  init(
    encoding: String = "none", filter: String = "none", compression: String = "none",
    _ parameters: KeyValuePairs<String, CBORValue> = [:], tolerance: Double = 0
  ) {
    self.encoding = encoding
    self.filter = filter
    self.compression = compression
    self.tolerance = tolerance
    for (key, value) in parameters { self.parameters[key] = value }
  }
}
