import Testing

@testable import Tensogram

/// No byte sequence may bring the process down; damage that hashes cover must not go unseen.
@Suite struct HostileMessageTests {
  static func message() throws -> [UInt8] {
    let floats = DataObjectDescriptor(shape: try Shape([3, 2]), dtype: .float32, compression: "zstd")
    let bytes = DataObjectDescriptor(shape: try Shape([24]), dtype: .uint8, filter: "shuffle", compression: "lz4")
    return try encodeMessage(
      objects: [
        (floats, (0..<24).map { UInt8($0 % 60) }), (bytes, (0..<24).map { UInt8($0) }),
      ])
  }

  /// Reads everything there is to read; returns the elements of all objects.
  @discardableResult
  static func readAll(_ bytes: [UInt8]) throws -> [[UInt8]] {
    let message = try MessageReader(MemorySource(copying: bytes))
    _ = try message.metadata()
    return try (0..<message.objectCount).map { index in
      let object = try message.located(index)
      try message.checkClaim(object)
      guard try object.descriptor.byteCount < 1 << 20 else { return [] }
      if try message.supportsRanges(object), object.descriptor.shape.rank > 0 {
        let axes = object.descriptor.shape.extents.map { Selection.Axis(start: max($0 - 1, 0), step: -1, count: $0) }
        _ = try? message.elements(index, axes, as: UInt8.self)
      }
      return try message.elements(index, as: UInt8.self, verifyHash: true)
    }
  }

  @Test func everyPrefixIsAnError() throws {
    let bytes = try Self.message()
    for length in 0..<bytes.count {
      #expect(throws: TensogramError.self) { try Self.readAll(Array(bytes[..<length])) }
    }
  }

  @Test func everyFlippedByteIsAnErrorOrHarmless() throws {
    let bytes = try Self.message()
    let intact = try Self.readAll(bytes)
    for position in bytes.indices {
      for mask: UInt8 in [0x01, 0x80, 0xFF] {
        var damaged = bytes
        damaged[position] ^= mask
        if let values = try? Self.readAll(damaged) {
          // Padding, flags and provenance carry no values.
          #expect(values == intact || values.count < intact.count, "byte \(position) flipped by \(mask)")
        }
        _ = try? MessageScanner.scan(MemorySource(copying: damaged))
      }
    }
  }

  @Test func largeNumbersInEveryPlace() throws {
    let bytes = try Self.message()
    for position in stride(from: 0, through: bytes.count - 8, by: 1) {
      for number: UInt64 in [1 << 63, .max, 1 << 62, UInt64(bytes.count) + 1] {
        var damaged = bytes
        for byte in 0..<8 { damaged[position + byte] = UInt8(truncatingIfNeeded: number >> (56 - 8 * UInt64(byte))) }
        _ = try? Self.readAll(damaged)
        _ = try? MessageScanner.scan(MemorySource(copying: damaged))
      }
    }
  }

  @Test func randomDamage() throws {
    let bytes = try Self.message()
    var generator = SeededGenerator(seed: 7)
    for _ in 0..<3000 {
      var damaged = bytes
      for _ in 0..<Int.random(in: 1...8, using: &generator) {
        damaged[Int.random(in: damaged.indices, using: &generator)] = .random(in: 0...255, using: &generator)
      }
      if Bool.random(using: &generator) {
        damaged.removeSubrange(Int.random(in: damaged.indices, using: &generator)...)
      }
      _ = try? Self.readAll(damaged)
      _ = try? MessageScanner.scan(MemorySource(copying: damaged))
    }
  }
}
