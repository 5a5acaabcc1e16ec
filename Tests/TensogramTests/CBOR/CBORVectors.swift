@testable import Tensogram

/// RFC 8949, appendix A: the examples, and whether each is the canonical encoding of its value.
enum CBORVectors {
  static let canonical: [(hex: String, value: CBORValue)] = [
    ("00", .unsigned(0)), ("01", .unsigned(1)), ("0a", .unsigned(10)), ("17", .unsigned(23)), ("1818", .unsigned(24)),
    ("1819", .unsigned(25)), ("1864", .unsigned(100)), ("1903e8", .unsigned(1000)),
    ("1a000f4240", .unsigned(1_000_000)),
    ("1b000000e8d4a51000", .unsigned(1_000_000_000_000)), ("1bffffffffffffffff", .unsigned(.max)),
    ("c249010000000000000000", .tagged(2, .bytes([1, 0, 0, 0, 0, 0, 0, 0, 0]))),
    ("3bffffffffffffffff", .negative(.max)),
    ("c349010000000000000000", .tagged(3, .bytes([1, 0, 0, 0, 0, 0, 0, 0, 0]))),
    ("20", CBORValue(-1)), ("29", CBORValue(-10)), ("3863", CBORValue(-100)), ("3903e7", CBORValue(-1000)),
    ("f90000", .float(0)), ("f98000", .float(-0.0)), ("f93c00", .float(1)), ("fb3ff199999999999a", .float(1.1)),
    ("f93e00", .float(1.5)), ("f97bff", .float(65504)), ("fa47c35000", .float(100_000)),
    ("fa7f7fffff", .float(3.4028234663852886e+38)), ("fb7e37e43c8800759c", .float(1.0e+300)),
    ("f90001", .float(5.960464477539063e-8)), ("f90400", .float(0.00006103515625)), ("f9c400", .float(-4)),
    ("fbc010666666666666", .float(-4.1)), ("f97c00", .float(.infinity)), ("f97e00", .float(.nan)),
    ("f9fc00", .float(-.infinity)), ("f4", .bool(false)), ("f5", .bool(true)), ("f6", .null), ("f7", .undefined),
    ("f0", .simple(16)), ("f8ff", .simple(255)),
    ("c074323031332d30332d32315432303a30343a30305a", .tagged(0, .text("2013-03-21T20:04:00Z"))),
    ("c11a514b67b0", .tagged(1, .unsigned(1_363_896_240))),
    ("c1fb41d452d9ec200000", .tagged(1, .float(1363896240.5))), ("d74401020304", .tagged(23, .bytes([1, 2, 3, 4]))),
    ("d818456449455446", .tagged(24, .bytes([0x64, 0x49, 0x45, 0x54, 0x46]))),
    ("d82076687474703a2f2f7777772e6578616d706c652e636f6d", .tagged(32, .text("http://www.example.com"))),
    ("40", .bytes([])), ("4401020304", .bytes([1, 2, 3, 4])), ("60", .text("")), ("6161", .text("a")),
    ("6449455446", .text("IETF")), ("62225c", .text("\"\\")), ("62c3bc", .text("\u{fc}")),
    ("63e6b0b4", .text("\u{6c34}")),
    ("64f0908591", .text("\u{10151}")), ("80", .array([])), ("83010203", array(1...3)),
    ("8301820203820405", .array([.unsigned(1), array(2...3), array(4...5)])),
    ("98190102030405060708090a0b0c0d0e0f101112131415161718181819", array(1...25)),
    ("a0", map([])), ("a201020304", map([(.unsigned(1), .unsigned(2)), (.unsigned(3), .unsigned(4))])),
    ("a26161016162820203", map([(.text("a"), .unsigned(1)), (.text("b"), array(2...3))])),
    ("826161a161626163", .array([.text("a"), map([(.text("b"), .text("c"))])])),
    (
      "a56161614161626142616361436164614461656145",
      map(["a", "b", "c", "d", "e"].map { (.text($0), .text($0.uppercased())) })
    ),
  ]

  static let otherForms: [(hex: String, value: CBORValue)] = [
    ("fa7f800000", .float(.infinity)), ("fa7fc00000", .float(.nan)), ("faff800000", .float(-.infinity)),
    ("fb7ff0000000000000", .float(.infinity)), ("fb7ff8000000000000", .float(.nan)),
    ("fbfff0000000000000", .float(-.infinity)), ("f97e01", .float(.nan)),
    ("5f42010243030405ff", .bytes([1, 2, 3, 4, 5])),
    ("7f657374726561646d696e67ff", .text("streaming")), ("9fff", .array([])),
    ("9f018202039f0405ffff", .array([.unsigned(1), array(2...3), array(4...5)])),
    ("9f01820203820405ff", .array([.unsigned(1), array(2...3), array(4...5)])),
    ("83018202039f0405ff", .array([.unsigned(1), array(2...3), array(4...5)])),
    ("83019f0203ff820405", .array([.unsigned(1), array(2...3), array(4...5)])),
    ("9f0102030405060708090a0b0c0d0e0f101112131415161718181819ff", array(1...25)),
    ("bf61610161629f0203ffff", map([(.text("a"), .unsigned(1)), (.text("b"), array(2...3))])),
    ("826161bf61626163ff", .array([.text("a"), map([(.text("b"), .text("c"))])])),
    ("bf6346756ef563416d7421ff", map([(.text("Fun"), .bool(true)), (.text("Amt"), CBORValue(-2))])),
    ("5fff", .bytes([])), ("7fff", .text("")), ("bfff", map([])), ("1b0000000000000017", .unsigned(23)),
    ("7b000000000000000161", .text("a")),
  ]

  /// RFC 8949, appendix F.1.
  static let notWellFormed = """
    18 / 19 / 1a / 1b / 1901 / 1a0102 / 1b01020304050607 / 38 / 58 / 78 / 98 / 9a01ff00 / b8 / d8 / f8 / f900 / fa0000
    / fb000000 / 41 / 61 / 5affffffff00 / 5bffffffffffffffff010203 / 7affffffff00 / 7b7fffffffffffffff010203 / 81
    / 818181818181818181 / 8200 / a1 / a20102 / a100 / a2000000 / c0 / 5f4100 / 7f6100 / 9f / 9f0102 / bf / bf01020102
    / 819f / 9f8000 / 9f9f9f9f9fffffffff / 9f819f819f9fffffff / 1c / 1d / 1e / 3c / 3d / 3e / 5c / 5d / 5e / 7c / 7d / 7e
    / 9c / 9d / 9e / bc / bd / be / dc / dd / de / fc / fd / fe / f800 / f801 / f818 / f81f / 5f00ff / 5f21ff / 5f6100ff
    / 5f80ff / 5fa0ff / 5fc000ff / 5fe0ff / 7f4100ff / 5f5f4100ffff / 7f7f6100ffff / ff / 81ff / 8200ff / a1ff / a1ff00
    / a100ff / a20000ff / 9f81ff / 9f829f819f9fffffffff / bf00ff / bf000000ff / 1f / 3f / df
    """.split(separator: "/").map { bytes(String($0)) }

  static func array(_ numbers: ClosedRange<UInt64>) -> CBORValue { .array(numbers.map { .unsigned($0) }) }

  static func map(_ entries: [(CBORValue, CBORValue)]) -> CBORValue {
    .map(CBORMap(entries: entries.map { .init(key: $0.0, value: $0.1) }))
  }
}
