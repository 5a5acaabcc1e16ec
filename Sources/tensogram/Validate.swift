import ArgumentParser
import Tensogram

/// `tensogram validate`: what is wrong with files.
struct Validate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Check files: structure, metadata, hashes, payloads.",
    discussion: "Prints a line per issue and one per file. Exits with 1 if there is an error, or junk between messages."
  )

  @OptionGroup var input: InputFiles

  @Option(
    name: .shortAndLong,
    help: """
      quick: structure; checksum: hashes; default: structure, metadata, hashes, decompression; full: every value as well.
      """)
  var level = ValidationLevel.default

  @Flag(help: "Warn of metadata whose keys are out of order, too.")
  var canonical = false

  func run() throws {
    var isGood = true
    for path in input.files {
      do throws(TensogramError) {
        let report = try Validator.validateFile(path, level: level, checkCanonical: canonical)
        lines(report, of: printable(path)).forEach { print($0) }
        if !report.isGood { isGood = false }
      } catch {
        printError("\(error)")
        isGood = false
      }
    }
    if !isGood { throw ExitCode.failure }
  }

  /// A line per issue, and one for the file.
  func lines(_ report: FileValidationReport, of path: String) -> [String] {
    var lines = report.unclaimed.map { "\(path): error: \(printable($0.description))" }
    for (index, message) in report.messages.enumerated() {
      for issue in message.issues {
        let object = issue.objectIndex.map { ", object \($0)" } ?? ""
        let what = "\(issue.severity.rawValue): \(issue.code.rawValue): \(printable(issue.description))"
        lines.append("\(path): message \(index)\(object): \(what)")
      }
    }
    let verified = report.messages.filter(\.isHashVerified).count
    let summary = "\(report.messages.count) messages, \(verified) with verified hashes, \(report.errorCount) errors"
    return lines + ["\(path): \(summary)"]
  }
}

extension FileValidationReport {
  /// Bytes that belong to no message count, too: a message cut short is such.
  var errorCount: Int { messages.flatMap(\.issues).filter { $0.severity == .error }.count + unclaimed.count }

  var isGood: Bool { errorCount == 0 }
}

extension ValidationLevel: ExpressibleByArgument {}
