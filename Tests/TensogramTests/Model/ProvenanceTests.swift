import Testing

@testable import Tensogram

@Suite struct ProvenanceTests {
  @Test(arguments: [
    (0, "1970-01-01T00:00:00Z"), (951_782_399, "2000-02-28T23:59:59Z"), (951_782_400, "2000-02-29T00:00:00Z"),
    (1_095_379_198, "2004-09-16T23:59:58Z"), (4_107_542_400, "2100-03-01T00:00:00Z"),
    (1_735_689_599, "2024-12-31T23:59:59Z"),
  ])
  func timestamps(seconds: Int, text: String) {
    #expect(Provenance.timestamp(seconds) == text)
  }

  @Test func uuidHasVersionAndVariant() {
    #expect(Provenance.uuid(high: 0, low: 0) == "00000000-0000-4000-8000-000000000000")
    #expect(Provenance.uuid(high: .max, low: .max) == "ffffffff-ffff-4fff-bfff-ffffffffffff")
    #expect(
      Provenance.uuid(high: 0x0123_4567_89AB_CDEF, low: 0x0123_4567_89AB_CDEF)
        == "01234567-89ab-4def-8123-456789abcdef")
  }
}
