import Testing

@testable import Tensogram

/// A field that the published package packed; see `Tests/Fixtures/packing/make.py`.
struct PackingVector {
  var bits: Int
  var decimalScale: Int
  var isGiven: Bool
  var reference: Double
  var binaryScale: Int
  var values: [Double]
  var payload: [UInt8]
  var decoded: [Double]

  static func all() throws -> [PackingVector] {
    let text = String(decoding: try Fixture.bytes("packing/vectors.txt"), as: UTF8.self)
    return try text.split(separator: "\n").map { try PackingVector($0.split(separator: " ")) }
  }

  private init(_ fields: [Substring]) throws {
    try #require(fields.count == 8)
    bits = try #require(Int(fields[0]))
    decimalScale = try #require(Int(fields[1]))
    isGiven = fields[2] == "given"
    reference = Double(bitPattern: try #require(UInt64(fields[3], radix: 16)))
    binaryScale = try #require(Int(fields[4]))
    values = doubles(bytes(String(fields[5])), .big)
    payload = bytes(String(fields[6]))
    decoded = doubles(bytes(String(fields[7])), .big)
  }

  var parameters: SimplePackingParameters {
    get throws {
      try SimplePackingParameters(
        referenceValue: reference, binaryScaleFactor: binaryScale, decimalScaleFactor: decimalScale, bitsPerValue: bits)
    }
  }
}

/// Equal to the last bit: −0 is not 0.
func bits(_ values: [Double]) -> [UInt64] { values.map(\.bitPattern) }

func bytes(_ values: [Double], _ order: ByteOrder) -> [UInt8] {
  values.map { order == .big ? $0.bitPattern.bigEndian : $0.bitPattern.littleEndian }.withUnsafeBytes { Array($0) }
}

func doubles(_ bytes: [UInt8], _ order: ByteOrder) -> [Double] {
  bytes.withUnsafeBytes { bytes in
    (0..<bytes.count / 8).map {
      let word = bytes.loadUnaligned(fromByteOffset: $0 * 8, as: UInt64.self)
      return Double(bitPattern: order == .big ? UInt64(bigEndian: word) : UInt64(littleEndian: word))
    }
  }
}

extension SimplePackingParameters {
  func packed(_ values: [Double], order: ByteOrder = .little, workers: Int = 1) throws -> [UInt8] {
    let input = bytes(values, order)
    var buffer = try ScratchBuffer(byteCount: packedSize(values.count))
    let size = try buffer.withOutput { (output) throws(TensogramError) in
      // Bytes have no padding.
      try unsafe encode(input.span.bytes, order: order, into: &output, workers: Workers(workers))
    }
    #expect(size == buffer.count)
    return buffer.array(size)
  }

  /// `elements` out of a whole packed field.
  func unpacked(
    _ elements: Range<Int>, of packed: [UInt8], order: ByteOrder = .little, workers: Int = 1
  ) throws -> [Double] {
    var buffer = try ScratchBuffer(byteCount: elements.count * 8)
    let input = Array(packed[packedBytes(elements)])
    try Self.fill(&buffer) { (output) throws(TensogramError) in
      // Bytes have no padding.
      try unsafe decode(elements, from: input.span.bytes, into: &output, order: order, workers: Workers(workers))
    }
    return doubles(buffer.array(buffer.count), order)
  }

  private static func fill(
    _ buffer: inout ScratchBuffer, _ body: (inout MutableRawSpan) throws(TensogramError) -> Void
  ) throws(TensogramError) {
    var bytes = buffer.mutableBytes
    try body(&bytes)
  }

  /// Packing the plain way, bit by bit.
  func plainPacked(_ values: [Double]) -> [UInt8] {
    let integers = values.map { value -> UInt64 in
      let rounded = ((value - referenceValue) * scale).rounded(.toNearestOrAwayFromZero)
      if !(rounded > 0) { return 0 }
      return rounded >= Double(largestInteger) ? largestInteger : UInt64(rounded)
    }
    var result = [UInt8](repeating: 0, count: (values.count * bitsPerValue + 7) / 8)
    for (index, integer) in integers.enumerated() {
      for bit in 0..<bitsPerValue where integer >> UInt64(bitsPerValue - 1 - bit) & 1 == 1 {
        let position = index * bitsPerValue + bit
        result[position / 8] |= 0x80 >> UInt8(position % 8)
      }
    }
    return result
  }

  /// Unpacking the plain way, bit by bit.
  func plainUnpacked(_ packed: [UInt8], count: Int) -> [Double] {
    if bitsPerValue == 0 { return [Double](repeating: referenceValue, count: count) }
    return (0..<count).map { index in
      var integer: UInt64 = 0
      for position in index * bitsPerValue..<(index + 1) * bitsPerValue {
        integer = integer << 1 | UInt64(packed[position / 8] >> UInt8(7 - position % 8) & 1)
      }
      return referenceValue + step * Double(integer)
    }
  }
}
