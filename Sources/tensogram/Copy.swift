import ArgumentParser
import Tensogram

/// `tensogram copy`: messages from files into others.
struct Copy: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Copy messages, all or some, into one file or into one per value of a key.",
    discussion: """
      Messages are copied byte by byte. In the output's name [key] stands for the message's value of that key: \
      out_[mars.param].tgm makes a file for each parameter. Output that exists is replaced.
      """)

  @OptionGroup var input: InputFiles
  @OptionGroup var conditions: Conditions

  @Option(name: .shortAndLong, help: ArgumentHelp("Where to write.", valueName: "file"), completion: .file())
  var output: String

  @Flag(name: .shortAndLong, help: "Append to output that exists.")
  var append = false

  func run() throws {
    let name = try NameTemplate(output)
    var written: [String: (file: TensogramFile, count: Int)] = [:]
    try input.forEachMessage { file, message in
      guard conditions.matches(message.metadata) else { return }
      let path = try name.path(for: message)
      var bytes = [UInt8](repeating: 0, count: try file.ranges()[message.index].count)
      do {
        var memory = bytes.mutableSpan
        var raw = memory.mutableBytes
        try file.readMessage(message.index, into: &raw)
      }
      if written[path] == nil { written[path] = (try opened(path), 0) }
      try written[path]?.file.append(bytes)
      written[path]?.count += 1
    }
    for (path, output) in written.sorted(by: { $0.key < $1.key }) {
      print("\(printable(path)): \(output.count) messages")
    }
    if written.isEmpty { printError("no message fits the conditions") }
  }

  private func opened(_ path: String) throws -> TensogramFile {
    if input.include(path) { throw ValidationError("'\(path)' is read, so it cannot be written as well.") }
    if append, let file = try? TensogramFile(opening: path) { return file }
    return try TensogramFile.create(path)
  }
}

/// A file name in which `[key]` stands for a value of the message.
struct NameTemplate {
  private enum Part {
    case text(String)
    case key(String)
  }

  private let parts: [Part]

  init(_ template: String) throws {
    var parts: [Part] = []
    var rest = template[...]
    while let start = rest.firstIndex(of: "[") {
      guard let end = rest[start...].firstIndex(of: "]") else {
        throw ValidationError("'\(template)' has a [ without its ].")
      }
      parts += [.text(String(rest[..<start])), .key(String(rest[rest.index(after: start)..<end]))]
      rest = rest[rest.index(after: end)...]
    }
    self.parts = parts + [.text(String(rest))]
  }

  /// The name for a message. A value decides about a name, never about a folder: files may come from anywhere.
  func path(for message: OpenMessage) throws -> String {
    var path = ""
    for part in parts {
      switch part {
      case .text(let text): path += text
      case .key(let key):
        let value = message.metadata.value(at: key)?.plainText ?? "none"
        guard !value.isEmpty, value != ".", value != "..", !value.utf8.contains(where: { $0 == 0x2f || $0 < 0x20 })
        else {
          throw ValidationError(
            "'\(printable(value))', the value of \(key) in message \(message.index), cannot be part of a file's name.")
        }
        path += value
      }
    }
    return path
  }
}
