import Testing

@testable import Tensogram

@Suite struct MaskWriterTests {
  /// Lengths around the groups of 64 and the blocks of 4 KiB.
  @Test(arguments: DType.floats, ByteOrder.both)
  func takesOutWhatThePlainVersionTakesOut(dtype: DType, order: ByteOrder) throws {
    var generator = SeededGenerator(seed: 21)
    for (count, oneIn) in [(0, 1), (1, 1), (63, 2), (64, 2), (65, 5), (700, 90), (2500, 3), (2500, 1 << 40)] {
      let elements = randomFloats(count, dtype, order, oneIn: oneIn, &generator)
      let masked = try MaskedElements(elements, dtype, order, MaskOptions(all: .none))
      #expect(masked.payload == replacingNonFinite(elements, dtype, order) { _ in 0 })
      let kinds = plainKinds(elements, dtype, order)
      for kind in NonFinite.Kind.allCases {
        let bits = PlainBits(kinds.map { $0 == kind })
        let blob = masked.masks.blobs.first { $0.kind == kind }
        #expect(blob?.bytes == (bits.bits.contains(true) ? bits.packed : nil), "\(kind) of \(count)")
      }
      let inBlocks = try MaskedElements(elements, dtype, order, MaskOptions(all: .none), blockLength: 128)
      #expect(inBlocks.payload == masked.payload)
      #expect(inBlocks.masks.blobs.map(\.bytes) == masked.masks.blobs.map(\.bytes))
    }
  }

  @Test(arguments: DType.floats, MaskMethod.allCases)
  func roundTrips(dtype: DType, method: MaskMethod) throws {
    var generator = SeededGenerator(seed: 22)
    let order: ByteOrder = dtype.width % 4 == 0 ? .little : .big
    for (count, oneIn) in [(1, 1), (1000, 2), (3000, 400)] {
      let elements = randomFloats(count, dtype, order, oneIn: oneIn, &generator)
      let masked = try MaskedElements(elements, dtype, order, MaskOptions(all: method))
      #expect(masked.masks.blobs.allSatisfy { $0.method == method })
      let expected = replacingNonFinite(elements, dtype, order, dtype.canonical)
      let reader = try masked.reader(dtype)
      #expect(try reader.restored(0..<count, of: masked.payload, dtype, order) == expected)
      for _ in 0..<5 {
        let first = Int.random(in: 0..<count, using: &generator)
        let range = first..<Int.random(in: first...count, using: &generator)
        let part = Array(expected[range.lowerBound * dtype.width..<range.upperBound * dtype.width])
        #expect(try reader.restored(range, of: masked.payload, dtype, order) == part)
      }
    }
  }

  @Test func smallMasksAreStoredAsTheyAre() throws {
    var elements = [Float](repeating: 1, count: 1025)
    elements[5] = .nan
    for (count, small, method) in [
      (1024, 128, "none"), (1025, 128, "roaring"), (1024, 0, "roaring"), (800, 99, "roaring"),
    ] {
      let bytes = elements[..<count].flatMap { ByteOrder.little.bytes(UInt64($0.bitPattern), 4) }
      let masked = try MaskedElements(bytes, .float32, .little, MaskOptions(all: .roaring, smallMaskSize: small))
      #expect(masked.masks.blobs.map(\.method.rawValue) == [method], "\(count) \(small)")
    }
  }

  @Test func describesItsBlobs() throws {
    let values: [Double] = [.nan, 1, .infinity, -.infinity, .infinity]
    let masked = try MaskedElements(bytes(values, .little), .float64, .little, MaskOptions(all: .rle))
    let entries = try #require(masked.masks.descriptorEntry(payloadSize: 40))
    let found = ["inf+", "inf-", "nan"].map { key in
      [entries[key]?.map?["offset"]?.int, entries[key]?.map?["length"]?.int]
    }
    #expect(found == [[40, 5], [45, 4], [49, 3]])
    #expect(entries["nan"]?.map?["method"] == .text("rle"))
    #expect(entries["nan"]?.map?["params"] == nil)
    #expect(masked.masks.byteCount == 12)
  }

  @Test func withoutMaskedElementsThereAreNoMasks() throws {
    let masked = try MaskedElements(bytes([1, 2], .little), .float64, .little, MaskOptions(all: .roaring))
    #expect(masked.masks.descriptorEntry(payloadSize: 16) == nil)
    let integers = [UInt8](repeating: 0xff, count: 64)
    let untouched = try MaskedElements(integers, .int64, .little, MaskOptions())
    #expect(untouched.payload == integers && untouched.masks.isEmpty)
  }

  @Test func refusesWhatIsNotAllowed() throws {
    let cases: [(values: [Double], nan: Bool, infinity: Bool, text: String)] = [
      ([1, .nan], false, false, "NaN at element 1 of float64"), ([1, .nan], false, true, "NaN at element 1"),
      ([.nan, .infinity], true, false, "+Inf at element 1"), ([.nan, 1, -.infinity], true, false, "-Inf at element 2"),
      ([.infinity, -.infinity, .nan], false, true, "NaN at element 2"),
      ([Double](repeating: 0, count: 5000) + [-.infinity], true, false, "-Inf at element 5000"),
    ]
    for (values, nan, infinity, text) in cases {
      var options = MaskOptions()
      options.allowsNaN = nan
      options.allowsInfinity = infinity
      for order in ByteOrder.both {
        let error = #expect(throws: TensogramError.self) {
          _ = try MaskedElements(bytes(values, order), .float64, order, options)
        }
        #expect(error?.kind == .encoding)
        #expect(error?.text.contains(text) == true, "\(error?.text ?? "")")
      }
    }
  }

  @Test func namesTheKnownMethods() {
    #expect(throws: Never.self) { try MaskMethod.allCases.forEach { _ = try MaskMethod(name: $0.rawValue) } }
    let error = #expect(throws: TensogramError.self) { try MaskMethod(name: "Roaring") }
    for word in ["unknown mask method"] + MaskMethod.allCases.map({ "\"\($0.rawValue)\"" }) {
      #expect(error?.text.contains(word) == true)
    }
  }
}
