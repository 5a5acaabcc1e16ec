import Testing

@testable import Tensogram

@Suite struct CBORValueTests {
  @Test(
    arguments: [
      (.float(.nan), .float(-.signalingNaN), true), (.float(0), .float(-0.0), false),
      (.unsigned(1), .float(1), false), (.text("\u{e9}"), .text("e\u{301}"), false), (.null, .undefined, false),
      (.array([.float(.nan)]), .array([.float(.nan)]), true), (.tagged(1, .null), .tagged(2, .null), false),
      (.bytes([0x61]), .text("a"), false), (.unsigned(0), .negative(0), false), (.simple(1), .simple(1), true),
    ] as [(CBORValue, CBORValue, Bool)])
  func equalsTheSameItem(left: CBORValue, right: CBORValue, isSame: Bool) {
    #expect((left == right) == isSame)
    #expect((right == left) == isSame)
  }

  @Test(arguments: [0, 1, -1, .max, .min])
  func holdsEveryInt(number: Int) {
    #expect(CBORValue(number).int == number)
  }

  @Test(arguments: [.unsigned(1 << 63), .negative(1 << 63), .float(1), .null] as [CBORValue])
  func hasNoIntWhereItDoesNotFit(value: CBORValue) {
    #expect(value.int == nil)
  }

  @Test func mapFindsChangesAndRemovesTextKeys() {
    var map = CBORMap()
    map["b"] = .null
    map["\u{e9}"] = .unsigned(1)
    map["e\u{301}"] = .unsigned(2)
    map["b"] = .bool(true)
    #expect(map.entries.map(\.key) == [.text("b"), .text("\u{e9}"), .text("e\u{301}")])
    #expect(map["b"] == .bool(true))
    #expect(map["\u{e9}"] == .unsigned(1))
    #expect(map["c"] == nil)
    map["b"] = nil
    map["c"] = nil
    #expect(map.count == 2)
    #expect(map["b"] == nil)
  }
}
