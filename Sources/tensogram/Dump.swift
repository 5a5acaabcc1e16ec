import ArgumentParser
import Tensogram

/// `tensogram dump`: everything but the elements.
struct Dump: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Print metadata and descriptors of messages, and statistics of their values.")

  @OptionGroup var input: InputFiles
  @OptionGroup var conditions: Conditions

  @Option(name: .shortAndLong, help: "Only the message of this number, counted from 0.")
  var message: Int?

  @Flag(name: .shortAndLong, help: "Decode the objects and print least, mean and greatest value.")
  var values = false

  @Flag(help: "Print an array of messages as JSON.")
  var json = false

  func run() throws {
    if json { print("[") }
    defer { if json { print("]") } }
    var separator = ""
    try forEachWanted { file, message, range in
      if json {
        print(separator + (try map(of: message, in: file, range).json))
        separator = ","
      } else {
        try lines(of: message, in: file, range).forEach { print($0) }
      }
    }
  }

  func forEachWanted(_ body: (TensogramFile, OpenMessage, Range<Int>) throws -> Void) throws {
    try input.forEachMessage { file, message in
      guard self.message == nil || self.message == message.index, conditions.matches(message.metadata) else { return }
      try body(file, message, try file.ranges()[message.index])
    }
  }

  // MARK: Text

  func lines(of message: OpenMessage, in file: TensogramFile, _ range: Range<Int>) throws -> [String] {
    let metadata = message.metadata
    var lines = ["\(printable(file.path)), message \(message.index): \(range.count) bytes at \(range.lowerBound)"]
    lines += (metadata.extra.entries + metadata.reserved.entries).map { "  " + line(of: $0) }
    for object in message.objects {
      let descriptor = object.descriptor
      let name = printable(metadata.name(ofObject: object.index))
      let size = "\(object.payload.count) of \(try descriptor.byteCount) bytes"
      lines.append("  object \(object.index): \(name), \(descriptor.dtype.rawValue) \(descriptor.shape.listed)")
      lines.append("    payload: \(printable(descriptor.pipeline)), \(size), \(descriptor.byteOrder.rawValue)-endian")
      let own = metadata.base.indices.contains(object.index) ? metadata.base[object.index].entries : []
      let known = descriptor.parameters.entries + own.filter { $0.key.text != "_reserved_" }
      lines += known.map { "    " + line(of: $0) }
      if values { lines.append("    values: \(try Statistics(of: object, in: message)?.text ?? "no real numbers")") }
    }
    return lines
  }

  /// `key: value`; long values, lists of offsets above all, are cut.
  private func line(of entry: CBORMap.Entry) -> String {
    let text = entry.value.plainText
    return printable(entry.key.plainText + ": " + (text.count > 200 ? text.prefix(200) + "…" : text))
  }

  // MARK: JSON

  func map(of message: OpenMessage, in file: TensogramFile, _ range: Range<Int>) throws -> CBORMap {
    let objects = try message.objects.map { object in
      let descriptor = object.descriptor
      var map = CBORMap([
        "name": .text(message.metadata.name(ofObject: object.index)),
        "descriptor": descriptor.cbor,
        "payload_bytes": CBORValue(object.payload.count),
        "bytes": CBORValue(try descriptor.byteCount),
      ])
      if values { map["values"] = try Statistics(of: object, in: message)?.cbor ?? .null }
      return CBORValue.map(map)
    }
    return CBORMap([
      "file": .text(file.path), "message": CBORValue(message.index), "offset": CBORValue(range.lowerBound),
      "length": CBORValue(range.count), "base": .array(message.metadata.base.map { .map($0) }),
      "extra": .map(message.metadata.extra), "reserved": .map(message.metadata.reserved), "objects": .array(objects),
    ])
  }
}
