import CPython
import Tensogram

extension EncodeOptions {
  /// The options of ``EncodeFunctions/options``, or the first few of them, of which `hash` is at `place`.
  init(_ arguments: borrowing Arguments, from place: Int, isStreaming: Bool = false) throws(PythonError) {
    let isHashed = try Self.isHashed(arguments, place)
    let workers = try arguments.workers(place + 1)
    _ = try arguments.flag(place + 2, default: false)
    _ = try arguments.flag(place + 3, default: false)
    for offset in 4...6 { try Self.checkMaskMethod(arguments, place + offset) }
    _ = try arguments.optionalSize(place + 7)
    let directory = try Self.hashDirectory(arguments, place + 8, automatic: isStreaming ? .footer : .header)
    self.init(isHashed: isHashed, hashDirectory: directory, workers: workers)
  }

  /// `hash`: xxh3, or None or none for no hashes.
  private static func isHashed(_ arguments: borrowing Arguments, _ place: Int) throws(PythonError) -> Bool {
    guard arguments[place] != nil else { return true }
    switch try arguments.optionalText(place) {
    case nil, "none": return false
    case "xxh3": return true
    case let name?: throw .value("unknown hash type: '\(name)', not one of xxh3, none")
    }
  }

  private static func hashDirectory(
    _ arguments: borrowing Arguments, _ place: Int, automatic: HashDirectory
  ) throws(PythonError) -> HashDirectory {
    switch try arguments.optionalText(place) {
    case nil, "auto": return automatic
    case "header": return .header
    case "none": return .none
    case "footer": return .footer
    case "both": return .both
    case let name?:
      throw .value(
        "EncodingError: unknown aggregate_hash policy: '\(name)', not one of auto, none, header, footer, both")
    }
  }

  private static let maskMethods = ["none", "rle", "roaring", "lz4", "zstd", "blosc2"]

  private static func checkMaskMethod(_ arguments: borrowing Arguments, _ place: Int) throws(PythonError) {
    guard let name = try arguments.optionalText(place), !maskMethods.contains(name) else { return }
    let known = maskMethods.map { "\"\($0)\"" }.joined(separator: ", ")
    throw .value("EncodingError: unknown mask method: '\(name)', not one of \(known)")
  }
}
