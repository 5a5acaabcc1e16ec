/// The last part of a stream: what it holds and how its body is to be read (specification §2).
struct SZ3Config: Equatable {
  enum Algorithm: UInt8 { case blockwise = 0, interpolation = 2, unpredicted = 3, lossless = 4 }

  /// Which predictors a block-wise stream chooses from.
  struct Predictors: OptionSet {
    let rawValue: UInt8
    static let firstOrder = Predictors(rawValue: 0x80)
    static let secondOrder = Predictors(rawValue: 0x40)
    static let regression = Predictors(rawValue: 0x20)
    /// Not a predictor: the body is laid out for several threads.
    static let parallelLayout = Predictors(rawValue: 0x08)
  }

  var count: Int
  var algorithm: Algorithm
  /// The absolute bound that was used; for information.
  var bound: Double
  var predictors: Predictors
  var dataType: UInt8
  /// Elements in a block of a block-wise stream.
  var blockSize = 128

  /// Twice the radius of the quantizers that ``SZ3Quantizer`` writes.
  private static let binCount: Int32 = 65536
  /// Sizes without the dimensions.
  private static let fixedSize = 32
  /// The longest one, for 2⁶³ elements and two bounds.
  static let maximumSize = fixedSize + 8 + 8

  /// Parses a config at the start of `bytes`; what follows is ignored.
  init(_ bytes: RawSpan) throws(TensogramError) {
    var reader = SZ3Reader(bytes)
    let size = Int(try reader.integer("config size", as: UInt8.self))
    guard size <= bytes.byteCount else {
      throw .sz3("config of \(size) bytes does not fit in the \(bytes.byteCount) that are left")
    }
    let dimensions: UInt8 = try reader.integer("number of dimensions")
    guard dimensions == 1 else { throw .sz3("stream of \(dimensions) dimensions, only 1 can be read") }
    let width: UInt8 = try reader.integer("dimension width")
    guard (1...64).contains(width) else { throw .sz3("dimension of \(width) bits, must be 1 to 64") }
    let dimension = try Self.dimension(&reader, width: Int(width))
    let declared: UInt64 = try reader.integer("number of elements")
    guard declared == dimension, let count = Int(exactly: declared) else {
      throw .sz3("\(declared) elements in a dimension of \(dimension)")
    }
    self.count = count
    let number: UInt8 = try reader.integer("algorithm")
    guard let algorithm = Algorithm(rawValue: number) else {
      throw .sz3("algorithm \(number) cannot be read, only 0, 2, 3 and 4")
    }
    self.algorithm = algorithm
    let mode: UInt8 = try reader.integer("error bound mode")
    guard mode <= 5 else { throw .sz3("error bound mode \(mode), must be 0 to 5") }
    bound = try reader.double("error bound")
    if mode >= 4 { _ = try reader.double("second error bound") }
    predictors = Predictors(rawValue: try reader.integer("flags"))
    dataType = try reader.integer("data type")
    _ = try reader.integer("bin count", as: Int32.self)
    blockSize = Int(try reader.integer("block size", as: Int32.self))
    _ = try reader.integer("prediction dimension", as: UInt8.self)
    guard reader.offset <= size else { throw .sz3("config of \(size) bytes, its parts take \(reader.offset)") }
    try checkLayout()
  }

  private static func dimension(_ reader: inout SZ3Reader, width: Int) throws(TensogramError) -> UInt64 {
    let bytes = try reader.bytes((width + 7) / 8, "dimension")
    var value: UInt64 = 0
    for index in 0..<bytes.byteCount { value |= UInt64(bytes[index]) << UInt64(8 * index) }
    return width == 64 ? value : value & ((1 << UInt64(width)) - 1)
  }

  private func checkLayout() throws(TensogramError) {
    if predictors.contains(.parallelLayout) { throw .sz3("the layout for several threads cannot be read") }
    guard algorithm == .blockwise else { return }
    if blockSize < 1 { throw .sz3("block size \(blockSize), must be at least 1") }
    if predictors.isDisjoint(with: [.firstOrder, .secondOrder, .regression]) {
      throw .sz3("block-wise stream without a predictor")
    }
  }

  init(count: Int, algorithm: Algorithm, bound: Double, predictors: Predictors, dataType: UInt8) {
    self.count = count
    self.algorithm = algorithm
    self.bound = bound
    self.predictors = predictors
    self.dataType = dataType
  }

  func write(to writer: inout SZ3Writer) {
    let width = Int.bitWidth - count.leadingZeroBitCount
    let dimensionBytes = (width + 7) / 8
    writer.append(UInt8(Self.fixedSize + dimensionBytes))
    writer.append(1 as UInt8)
    writer.append(UInt8(width))
    writer.append(lowest: dimensionBytes, of: UInt64(count))
    writer.append(UInt64(count))
    writer.append(algorithm.rawValue)
    writer.append(0 as UInt8)
    writer.append(bound)
    writer.append(predictors.rawValue)
    writer.append(dataType)
    writer.append(Self.binCount)
    writer.append(Int32(clamping: blockSize))
    writer.append(1 as UInt8)
  }
}
