import Testing

@testable import Tensogram

@Suite struct SimplePackingTests {
  @Test func packsAndUnpacksAsThePublishedPackage() throws {
    for vector in try PackingVector.all() {
      let parameters = try vector.parameters
      #expect(try parameters.packed(vector.values) == vector.payload, "\(vector)")
      let decoded = try parameters.unpacked(0..<vector.values.count, of: vector.payload)
      #expect(bits(decoded) == bits(vector.decoded), "\(vector)")
    }
  }

  /// Lengths around the blocks of 512 and the groups of 8, in every width.
  @Test(arguments: 0...64)
  func agreesWithPackingBitByBit(width: Int) throws {
    var generator = SeededGenerator(seed: UInt64(width))
    let parameters = try SimplePackingParameters(
      referenceValue: -3, binaryScaleFactor: 4 - width, decimalScaleFactor: 1, bitsPerValue: width)
    for count in [0, 1, 7, 9, 512, 515] {
      // A little below the reference up to a little above the largest integer.
      let values = (0..<count).map { _ in Double.random(in: -3.1 ... -1.3, using: &generator) }
      let order: ByteOrder = count % 2 == 0 ? .little : .big
      let packed = try parameters.packed(values, order: order)
      #expect(packed == parameters.plainPacked(values), "\(count) values")
      let expected = parameters.plainUnpacked(packed, count: count)
      #expect(bits(try parameters.unpacked(0..<count, of: packed, order: order)) == bits(expected), "\(count) values")
    }
  }

  @Test(arguments: 0...64)
  func unpacksAnyRange(width: Int) throws {
    var generator = SeededGenerator(seed: 100 + UInt64(width))
    let count = 530
    let parameters = try SimplePackingParameters(referenceValue: 5, binaryScaleFactor: -3, bitsPerValue: width)
    let packed = (0..<(count * width + 7) / 8).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
    let all = parameters.plainUnpacked(packed, count: count)
    for range in [0..<0, 1..<2, 3..<8, 5..<400, 511..<514, 529..<530, 77..<77, 1..<530] {
      #expect(bits(try parameters.unpacked(range, of: packed)) == bits(Array(all[range])), "\(range)")
    }
  }

  @Test(arguments: [12, 13, 16, 63])
  func manyWorkersMakeTheSameBytes(width: Int) throws {
    var generator = SeededGenerator(seed: 3)
    let values = (0..<70_001).map { _ in Double.random(in: 0...1000, using: &generator) }
    // Bytes have no padding.
    let parameters = try unsafe SimplePackingParameters(
      for: values.span.bytes, bitsPerValue: width, decimalScaleFactor: 0, workers: Workers(2))
    let packed = try parameters.packed(values)
    #expect(try parameters.packed(values, workers: 2) == packed)
    let decoded = try parameters.unpacked(0..<values.count, of: packed)
    #expect(try parameters.unpacked(0..<values.count, of: packed, workers: 2) == decoded)
    #expect(try parameters.unpacked(77..<69_999, of: packed, workers: 2) == Array(decoded[77..<69_999]))
    let worst = zip(values, decoded).map { abs($0 - $1) }.max() ?? 0
    #expect(worst <= parameters.step / 2 * 1.0001 + 1e-12)
  }

  @Test func unalignedMemoryIsFine() throws {
    let values = (0..<600).map(Double.init)
    let parameters = try SimplePackingParameters(referenceValue: 0, binaryScaleFactor: 0, bitsPerValue: 16)
    let shifted = [0xff] + bytes(values, .little)
    var packed = try ScratchBuffer(byteCount: 1201)
    let size = try packed.withOutput { (output) throws(TensogramError) in
      output.append(7)
      try unsafe parameters.encode(
        shifted.span.bytes.extracting(1..<shifted.count), order: .little, into: &output, workers: Workers())
    }
    #expect(size == 1201)
    #expect(packed.array(5) == [7, 0, 0, 0, 1])
  }

  @Test func sizesAreExactAndChecked() throws {
    let cases: [(count: Int, width: Int, size: Int)] = [
      (0, 64, 0), (1, 1, 1), (8, 1, 1), (9, 1, 2), (3, 12, 5), (5, 0, 0), (7, 63, 56), (Int.max, 0, 0),
    ]
    for (count, width, size) in cases {
      let parameters = try SimplePackingParameters(referenceValue: 0, binaryScaleFactor: 0, bitsPerValue: width)
      #expect(try parameters.packedSize(count) == size)
    }
    let wide = try SimplePackingParameters(referenceValue: 0, binaryScaleFactor: 0, bitsPerValue: 64)
    #expect(throws: TensogramError.self) { try wide.packedSize(Int.max) }
  }

  @Test(arguments: [(3, 24), (5, 24), (4, 16), (4, 32), (4, 25)])
  func decodingRefusesOtherSizes(packedSize: Int, outputSize: Int) throws {
    let parameters = try SimplePackingParameters(referenceValue: 0, binaryScaleFactor: 0, bitsPerValue: 9)
    let packed = [UInt8](repeating: 0, count: packedSize)
    var buffer = try ScratchBuffer(byteCount: outputSize)
    var output = buffer.mutableBytes
    let error = #expect(throws: TensogramError.self) {
      try unsafe parameters.decode(0..<3, from: packed.span.bytes, into: &output, workers: Workers())
    }
    #expect(error?.kind == .encoding)
  }
}
