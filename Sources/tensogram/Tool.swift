import ArgumentParser
import Glibc
import Tensogram

/// The command-line tool.
///
///     tensogram ls forecast.tgm -w mars.param=2t
@main
struct Tool: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tensogram",
    abstract: "Look into .tgm files, check them, and pick messages out of them.",
    version: Library.version,
    subcommands: [List.self, Dump.self, Validate.self, Copy.self])
}

/// The files that a command reads.
struct InputFiles: ParsableArguments {
  @Argument(help: "Files to read.", completion: .file(extensions: ["tgm"]))
  var files: [String]

  /// Calls `body` for every message of every file. What cannot be read is told on standard error and passed over; at
  /// the end there is a failure for it.
  func forEachMessage(_ body: (TensogramFile, OpenMessage) throws -> Void) throws {
    var hasFailed = false
    func telling(_ work: () throws -> Void) throws {
      do { try work() } catch let error as TensogramError {
        printError("\(error)")
        hasFailed = true
      }
    }
    for path in files {
      try telling {
        let file = try TensogramFile(opening: path)
        for index in 0..<(try file.messageCount()) { try telling { try body(file, try file.message(index)) } }
      }
    }
    if hasFailed { throw ExitCode.failure }
  }

  /// Whether the path leads to one of the files, by whatever name.
  func include(_ path: String) -> Bool {
    guard let identity = Identity(path) else { return false }
    return files.contains { Identity($0) == identity }
  }

  /// Tells files apart whatever their names are.
  private struct Identity: Equatable {
    let device: dev_t
    let number: ino_t

    init?(_ path: String) {
      var status = stat()
      guard stat(path, &status) == 0 else { return nil }
      (device, number) = (status.st_dev, status.st_ino)
    }
  }
}
