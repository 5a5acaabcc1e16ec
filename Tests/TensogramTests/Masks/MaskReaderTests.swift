import Testing

@testable import Tensogram

@Suite struct MaskReaderTests {
  private static let region: [UInt8] = [UInt8](repeating: 0, count: 16) + [0, 3, 1, 4]

  private func read(
    _ entries: [String: CBORValue], region: [UInt8] = region, dtype: DType = .float16, count: Int = 8
  ) throws(TensogramError) -> MaskReader {
    var map = CBORMap()
    for (key, value) in entries { map[key] = value }
    let window = PayloadWindow(MemorySource(copying: region), 0..<region.count)
    return try MaskReader(map, in: window, dtype: dtype, count: count)
  }

  private func entry(
    _ method: CBORValue? = .text("rle"), _ offset: CBORValue? = .unsigned(16), _ length: CBORValue? = .unsigned(4)
  ) -> CBORValue {
    var map = CBORMap()
    map["method"] = method
    map["offset"] = offset
    map["length"] = length
    return .map(map)
  }

  @Test func readsAnyPlaceInTheRegion() throws {
    let reader = try read(["nan": entry(), "inf-": entry(.text("none"), .unsigned(17), .unsigned(1))])
    #expect(reader.kinds == [.nan, .negativeInfinity])
    #expect(try reader.flags(of: .nan, 0..<8) == [false, false, false, true, false, false, false, false])
    #expect(try reader.flags(of: .negativeInfinity, 5..<8) == [false, true, true])
    #expect(try reader.flags(of: .positiveInfinity, 0..<8) == [Bool](repeating: false, count: 8))
  }

  @Test func whereMasksOverlapNaNWins() throws {
    let all = entry(.text("rle"), .unsigned(0), .unsigned(2))
    let reader = try read(["nan": all, "inf+": all, "inf-": all], region: [1, 2], count: 2)
    let restored = try reader.restored(0..<2, of: [0, 0, 0, 0], .float16, .big)
    #expect(restored == [0x7e, 0, 0x7e, 0])
  }

  @Test func parametersAndOtherKeysAreOfNoAccount() throws {
    var map = try #require(entry().map)
    map["params"] = .map(CBORMap())
    map["comment"] = .text("land")
    #expect(try read(["nan": .map(map)]).kinds == [.nan])
  }

  @Test func refusesDescriptorsThatMakeNoSense() {
    let cases: [(String, [String: CBORValue], TensogramError.Kind)] = [
      ("an unknown kind", ["inf": entry()], .metadata), ("no map", ["nan": .unsigned(1)], .metadata),
      ("no method", ["nan": entry(nil)], .metadata), ("another method", ["nan": entry(.text("gzip"))], .encoding),
      ("no offset", ["nan": entry(.text("rle"), nil)], .metadata),
      ("no length", ["nan": entry(.text("rle"), .unsigned(16), nil)], .metadata),
      ("a negative offset", ["nan": entry(.text("rle"), .negative(0))], .framing),
      ("a negative length", ["nan": entry(.text("rle"), .unsigned(16), .negative(3))], .framing),
      ("an offset beyond", ["nan": entry(.text("rle"), .unsigned(21), .unsigned(0))], .framing),
      ("a length beyond", ["nan": entry(.text("rle"), .unsigned(16), .unsigned(5))], .framing),
      ("a huge length", ["nan": entry(.text("rle"), .unsigned(16), .unsigned(1 << 63 - 1))], .framing),
      ("a length of 64 bits", ["nan": entry(.text("rle"), .unsigned(16), .unsigned(.max))], .metadata),
    ]
    for (what, entries, kind) in cases {
      let error = #expect(throws: TensogramError.self, "\(what)") { _ = try read(entries) }
      #expect(error?.kind == kind, "\(what)")
    }
    #expect(throws: TensogramError.self) { _ = try read(["nan": entry()], dtype: .int16) }
    #expect(throws: TensogramError.self) { _ = try read(["nan": entry()], count: 9) }
  }

  @Test(
    arguments: MaskMethod.allCases, [0, 1, 7, 1 << 20, 1 << 40, 1 << 62, Int.max])
  func aBlobOfNothingIsNoMask(method: MaskMethod, count: Int) {
    let mask = entry(.text(method.rawValue), .unsigned(0), .unsigned(0))
    let isEmptyMask = count == 0 && (method == .rle || method == .none)
    #expect(((try? read(["nan": mask], count: count)) != nil) == isEmptyMask)
  }

  /// Small blobs that say they are very large.
  @Test func claimsAreNotBelieved() throws {
    let blobs: [(String, String)] = [
      ("zstd", "28b52ffd e0 00000000 00000008 010000"), ("zstd", "28b52ffd 00 58 02 00 f0"), ("lz4", "00000008 1000"),
      ("lz4", "ffffffff 10000100"), ("roaring", "3a300000 00000100"), ("rle", "00 ffffffffffffffff7f"),
    ]
    for (method, blob) in blobs {
      let region = bytes(blob)
      let mask = entry(.text(method), .unsigned(0), .unsigned(UInt64(region.count)))
      for count in [8, 1 << 30, 1 << 62] {
        #expect(throws: TensogramError.self) { _ = try read(["nan": mask], region: region, count: count) }
      }
    }
  }

  @Test(arguments: MaskMethod.allCases)
  func damageIsAMaskOrAnError(method: MaskMethod) throws {
    var generator = SeededGenerator(seed: 31)
    let values = (0..<300).map { $0 % 3 == 0 || $0 > 250 ? Double.nan : 1 }
    let masked = try MaskedElements(bytes(values, .little), .float64, .little, MaskOptions(all: method))
    let blob = try #require(masked.masks.blobs.first?.bytes)
    for _ in 0..<500 {
      var damaged = blob
      for _ in 0..<Int.random(in: 1...3, using: &generator) {
        damaged[Int.random(in: blob.indices, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
      }
      damaged.removeLast(Int.random(in: 0...2, using: &generator))
      let mask = entry(.text(method.rawValue), .unsigned(0), .unsigned(UInt64(damaged.count)))
      guard let reader = try? read(["nan": mask], region: damaged, dtype: .float64, count: 300) else { continue }
      #expect(try reader.restored(10..<290, of: masked.payload, .float64, .little).count == 280 * 8)
    }
  }

  @Test func refusesElementsThatAreNotThere() throws {
    let reader = try read(["nan": entry()])
    let payload = [UInt8](repeating: 0, count: 40)
    #expect(throws: TensogramError.self) { _ = try reader.restored(4..<9, of: payload, .float16, .little) }
    #expect(throws: TensogramError.self) { _ = try reader.flags(of: .nan, 8..<9) }
    // Room for other than the elements.
    #expect(throws: TensogramError.self) { _ = try reader.restored(0..<2, of: payload, .float32, .little) }
  }
}
