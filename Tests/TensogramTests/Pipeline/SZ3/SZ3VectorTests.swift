import Testing

@testable import Tensogram

/// Streams of other writers decode to the same bits as there (`Tests/Fixtures/sz3/make_vectors.py`).
@Suite struct SZ3VectorTests {
  struct Vector: CustomTestStringConvertible {
    let name: String
    let count: Int
    let mode: String
    let bound: Double
    let payload: [UInt8]
    let digest: String

    init(_ line: Substring) throws {
      let fields = line.split(separator: " ")
      name = String(fields[0])
      count = try #require(Int(fields[1]))
      mode = String(fields[2])
      bound = try #require(Double(String(fields[3])))
      let digits = Array(fields[4].utf8)
      payload = try stride(from: 0, to: digits.count, by: 2).map {
        try #require(UInt8(String(decoding: digits[$0...$0 + 1], as: UTF8.self), radix: 16))
      }
      digest = String(fields[5])
    }

    var testDescription: String { "\(name), \(count) elements, \(mode) \(bound)" }
  }

  static func vectors(_ file: String) throws -> [Vector] {
    let text = try String(decoding: Fixture.bytes("sz3/" + file), as: UTF8.self)
    return try text.split(separator: "\n").map { try Vector($0) }
  }

  @Test(arguments: try vectors("float64.txt"))
  func decodesFloat64(vector: Vector) throws {
    let values = try SZ3.decode(vector.payload, count: vector.count, as: Double.self)
    #expect(digest(bytes(of: values.map(\.littleEndian))) == vector.digest)
  }

  @Test(arguments: try vectors("float32.txt"))
  func decodesFloat32(vector: Vector) throws {
    let values = try SZ3.decode(vector.payload, count: vector.count, as: Float.self)
    #expect(digest(bytes(of: values.map(\.littleEndian))) == vector.digest)
  }

  @Test func vectorsHoldEveryAlgorithm() throws {
    func algorithms(_ file: String) throws -> Set<UInt8> {
      Set(try Self.vectors(file).map { try SZ3Stream.config(of: $0.payload.span.bytes).algorithm.rawValue })
    }
    #expect(try algorithms("float64.txt") == [0, 2, 4])
    #expect(try algorithms("float32.txt") == [0, 2, 3, 4])
  }

  /// The one in the specification, §13.
  @Test func decodesTheExampleOfTheSpecification() throws {
    let vector = try Vector(
      """
      example 64 abs 0.01 \
      10f342f3000203039f00000000000000ff0000000000000028b52ffd20ff75040012481a2780659a03556ce63e888295\
      99004830733c115e54eddcc05b581e98a7a08742be16fe16f2b74c01a9f79e68e0099c6e3654e8d633e75ce7626eaa9d\
      b4f24bcbb79499911d8f178c0f0b0788eb901bd68ac4868482cad55cd233fa898138005ae9ea54592ca0fb6416100028\
      417406b223cc050317820dc1866043301a189a8168c05ca03f1806a005035821010740400000000000000002007b14ae\
      47e17a843fe001000001008000000001 -
      """)
    let values = try SZ3.decode(vector.payload, count: 64, as: Double.self)
    #expect(Array(values.prefix(3)) == [0, 0.10115312499999998, 0.19881749999999998])
  }

  /// FNV-1a, 64 bits.
  private func digest(_ bytes: [UInt8]) -> String {
    let state = bytes.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    let digits = String(state, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
