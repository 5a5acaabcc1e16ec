import CPython
import Tensogram

extension EncodeOptions {
  /// The options of ``EncodeFunctions/options``, or the first few of them, of which `hash` is at `place`.
  init(_ arguments: borrowing Arguments, from place: Int, isStreaming: Bool = false) throws(PythonError) {
    let isHashed = try Self.isHashed(arguments, place)
    let workers = try arguments.workers(place + 1)
    let masks = try Self.masks(arguments, from: place + 2)
    let directory = try Self.hashDirectory(arguments, place + 8, automatic: isStreaming ? .footer : .header)
    self.init(isHashed: isHashed, hashDirectory: directory, masks: masks, workers: workers)
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

  private static func masks(_ arguments: borrowing Arguments, from place: Int) throws(PythonError) -> MaskOptions {
    var masks = MaskOptions()
    masks.allowsNaN = try arguments.flag(place, default: false)
    masks.allowsInfinity = try arguments.flag(place + 1, default: false)
    for (offset, kind) in [NonFinite.Kind.nan, .positiveInfinity, .negativeInfinity].enumerated() {
      guard let name = try arguments.optionalText(place + 2 + offset) else { continue }
      masks.methods[kind] = try core { () throws(TensogramError) in try MaskMethod(name: name) }
    }
    if let size = try arguments.optionalSize(place + 5) { masks.smallMaskSize = size }
    return masks
  }
}
