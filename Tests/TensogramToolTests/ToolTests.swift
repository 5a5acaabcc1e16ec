import ArgumentParser
import Foundation
import Tensogram
import Testing

@testable import TensogramTool

/// A folder of its own for a test, with a file of two messages, which goes with it.
final class Folder {
  let path = NSTemporaryDirectory() + "tensogram-tool-" + UUID().uuidString
  var file: String { path + "/in.tgm" }

  init() throws {
    let file = try TensogramFile.create(file)
    for (step, values) in [(0, [1.5, -2, .nan]), (6, [7.0, 8, 9])] {
      try file.append(Self.message(step: step, values))
    }
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// A message with float64 values and a scalar.
  static func message(step: Int, _ values: [Double], parameter: String = "2t") throws -> [UInt8] {
    let mars = CBORMap(["param": .text(parameter), "step": CBORValue(step)])
    let metadata = Metadata(base: [CBORMap(["mars": .map(mars)])], extra: CBORMap(["source": .text("a\u{1b}test")]))
    let field = DataObjectDescriptor(type: "ntensor", shape: try Shape([values.count]), dtype: .float64)
    let scalar = DataObjectDescriptor(type: "ntensor", shape: try Shape([]), dtype: .uint8)
    return try values.withUnsafeBytes { bytes in
      try [UInt8(3)].withUnsafeBytes { byte in
        var options = EncodeOptions()
        options.masks.allowsNaN = true
        let objects = [DataObject(field, data: bytes), DataObject(scalar, data: byte)]
        return try MessageEncoder(metadata, objects, options: options).encode()
      }
    }
  }
}

@Suite struct ListTests {
  @Test func hasALinePerObject() throws {
    let folder = try Folder()
    let list = try List.parse([folder.file, "--keys", "mars.step,nope"])
    var table = list.table()
    try list.fill(&table)
    #expect(
      table.text == """
        message  object  name      dtype    shape  pipeline  payload  bytes  mars.step  nope
              0       0  2t        float64  3      none           24     24  0          -
              0       1  object_1  uint8    ()     none            1      1  -          -
              1       0  2t        float64  3      none           24     24  6          -
              1       1  object_1  uint8    ()     none            1      1  -          -
        """)
  }

  @Test(
    arguments: [
      (["mars.step=6"], 1), (["mars.param=2t"], 2), (["mars.param=2t", "mars.step=0"], 1), (["mars.step=7"], 0),
      (["source=a\u{1b}test"], 4), (["nope="], 0),
    ])
  func showsWhatFitsAllConditions(conditions: [String], count: Int) throws {
    let folder = try Folder()
    let list = try List.parse([folder.file] + conditions.flatMap { ["-w", $0] })
    var table = list.table()
    try list.fill(&table)
    #expect(table.text.split(separator: "\n").count == count + 1)
  }

  @Test func passesOverWhatCannotBeReadAndFails() throws {
    let folder = try Folder()
    let list = try List.parse(["/nowhere.tgm", folder.file])
    var table = list.table()
    #expect(throws: ExitCode.failure) { try list.fill(&table) }
    #expect(table.text.split(separator: "\n").count == 5)
  }

  @Test func conditionsHaveAnEqualsSign() {
    #expect(throws: (any Error).self) { try List.parse(["x", "-w", "nokey"]) }
  }
}

@Suite struct DumpTests {
  @Test func showsMetadataDescriptorsAndStatistics() throws {
    let folder = try Folder()
    let dump = try Dump.parse([folder.file, "--values", "-m", "0"])
    var lines: [String] = []
    try dump.forEachWanted { file, message, range in lines += try dump.lines(of: message, in: file, range) }
    #expect(lines[0].contains("in.tgm, message 0: ") && lines[0].hasSuffix(" bytes at 0"))
    #expect(lines.contains("  source: a\u{fffd}test"), "what would act on a terminal is replaced")
    #expect(lines.contains("  object 0: 2t, float64 3"))
    #expect(lines.contains("    payload: none, 24 of 24 bytes, little-endian"))
    #expect(lines.contains("    values: min -2.0, mean -0.25, max 1.5, 1 missing"))
    #expect(lines.contains("    values: min 3.0, mean 3.0, max 3.0"))
  }

  @Test func isJSONOnRequest() throws {
    let folder = try Folder()
    let dump = try Dump.parse([folder.file, "--json", "--values"])
    var maps: [CBORMap] = []
    try dump.forEachWanted { file, message, range in maps.append(try dump.map(of: message, in: file, range)) }
    #expect(maps.count == 2)
    #expect(maps[0].json.contains(#""extra": {"source": "a\u001btest"}"#))
    #expect(maps[1].json.contains(#""values": {"count": 3, "missing": 0, "min": 7.0, "mean": 8.0, "max": 9.0}"#))
  }

  @Test(
    arguments: [
      (CBORValue.text("a\"\\\n\u{7}é"), #""a\"\\\n\u0007é""#), (.unsigned(.max), "18446744073709551615"),
      (.negative(.max), "-18446744073709551616"), (.negative(4), "-5"), (.float(.nan), #""nan""#), (.float(2), "2.0"),
      (.bytes([1, 255]), #""01ff""#), (.array([.null, .bool(true)]), "[null, true]"),
      (.tagged(0, .undefined), "null"),
      (.map(CBORMap(entries: [.init(key: .unsigned(1), value: .simple(9))])), #"{"1": 9}"#),
    ])
  func valuesAsJSON(value: CBORValue, text: String) { #expect(value.json == text) }
}

@Suite struct ValidateTests {
  @Test func intactFilesAreGood() throws {
    let folder = try Folder()
    let report = try Validator.validateFile(folder.file)
    #expect(report.isGood)
    let validate = try Validate.parse([folder.file])
    #expect(validate.lines(report, of: "x") == ["x: 2 messages, 2 with verified hashes, 0 errors"])
    try validate.run()
  }

  @Test func junkAndDamageAreErrors() throws {
    let folder = try Folder()
    let file = try TensogramFile(opening: folder.file)
    var message = try Folder.message(step: 12, [1, 2, 3])
    message[message.count / 2] ^= 1
    try file.append(message)
    try file.append([1, 2, 3])
    let report = try Validator.validateFile(folder.file)
    let lines = try Validate.parse([folder.file]).lines(report, of: "x")
    #expect(lines.count > 2)
    #expect(lines[0].hasPrefix("x: error: 3 trailing bytes"))
    #expect(lines[1].hasPrefix("x: message 2"))
    #expect(throws: ExitCode.failure) { try Validate.parse([folder.file]).run() }
  }
}

@Suite struct CopyTests {
  @Test func copiesByteByByte() throws {
    let folder = try Folder()
    let output = folder.path + "/out.tgm"
    try Copy.parse([folder.file, folder.file, "-o", output]).run()
    #expect(try TensogramFile(opening: output).messageCount() == 4)
    try Copy.parse([folder.file, "-o", output, "-w", "mars.step=6"]).run()
    #expect(try TensogramFile(opening: output).messageCount() == 1, "what exists is replaced")
    try Copy.parse([folder.file, "-o", output, "--append"]).run()
    let file = try TensogramFile(opening: output)
    #expect(try file.messageCount() == 3)
    #expect(try file.message(0).metadata == TensogramFile(opening: folder.file).message(1).metadata)
  }

  @Test func splitsByTheValuesOfKeys() throws {
    let folder = try Folder()
    try Copy.parse([folder.file, "-o", folder.path + "/[mars.param]_[mars.step]_[nope].tgm"]).run()
    for name in ["2t_0_none", "2t_6_none"] {
      #expect(try TensogramFile(opening: "\(folder.path)/\(name).tgm").messageCount() == 1)
    }
  }

  @Test(arguments: ["../evil", "a/b", "..", ".", "", "a\n"])
  func valuesLeadOutOfNoFolder(parameter: String) throws {
    let folder = try Folder()
    try TensogramFile(opening: folder.file).append(Folder.message(step: 0, [1], parameter: parameter))
    #expect(throws: ValidationError.self) {
      try Copy.parse([folder.file, "-o", folder.path + "/x[mars.param].tgm"]).run()
    }
  }

  @Test func inputIsNeverWrittenWhateverItsName() throws {
    let folder = try Folder()
    let before = try TensogramFile(opening: folder.file).ranges()
    #expect(throws: ValidationError.self) { try Copy.parse([folder.file, "-o", folder.path + "/./in.tgm"]).run() }
    #expect(try TensogramFile(opening: folder.file).ranges() == before)
  }
}
