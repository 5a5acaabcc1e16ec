import ArgumentParser
import Tensogram

/// `tensogram ls`: a line per data object.
struct List: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ls", abstract: "List the data objects of files, a line each.",
    discussion: """
      Columns: message and object number, name, element type, shape, stages of the pipeline, bytes of the payload and \
      of the elements. Keys are dotted paths into the object's metadata or the message's annotations: mars.param.
      """)

  @OptionGroup var input: InputFiles
  @OptionGroup var conditions: Conditions

  @Option(
    name: .shortAndLong, help: ArgumentHelp("Show the values of these keys, too.", valueName: "key,key…"))
  var keys: String?

  func run() throws {
    var table = table()
    defer { if !table.isEmpty { print(table.text) } }
    try fill(&table)
  }

  private var paths: [String] { keys?.split(separator: ",").map { String($0) } ?? [] }
  private var isOneFile: Bool { input.files.count == 1 }

  func table() -> Table {
    let head = ["message", "object", "name", "dtype", "shape", "pipeline", "payload", "bytes"]
    let offset = isOneFile ? 0 : 1
    return Table((isOneFile ? [] : ["file"]) + head + paths, rightAligned: Set([0, 1, 6, 7].map { $0 + offset }))
  }

  func fill(_ table: inout Table) throws {
    try input.forEachMessage { file, message in
      for object in message.objects where conditions.matches(message.metadata, object: object.index) {
        let descriptor = object.descriptor
        let row = [
          "\(message.index)", "\(object.index)", message.metadata.name(ofObject: object.index),
          descriptor.dtype.rawValue, descriptor.shape.listed, descriptor.pipeline, "\(object.payload.count)",
          "\(try descriptor.byteCount)",
        ]
        let values = paths.map { message.metadata.value(at: $0, ofObject: object.index)?.plainText ?? "-" }
        table.append((isOneFile ? [] : [file.path]) + row + values)
      }
    }
  }
}

extension Shape {
  /// `721x1440`; a scalar is `()`.
  var listed: String { rank == 0 ? "()" : extents.map { String($0) }.joined(separator: "x") }
}

extension DataObjectDescriptor {
  /// `simple_packing 16 + szip`, or `none`.
  var pipeline: String {
    var stages = [encoding, filter, compression]
    if encoding == "simple_packing", let bits = parameters["sp_bits_per_value"]?.int { stages[0] += " \(bits)" }
    let used = stages.filter { $0 != "none" }
    return used.isEmpty ? "none" : used.joined(separator: " + ")
  }
}
