/// Tells all that is wrong with a message, where a reader stops at the first error.
///
///     let report = try Validator.validate(source, level: .full)
///     for issue in report.issues { print(issue.severity, issue.code.rawValue, issue.description) }
///
/// Content never makes it throw; only reading the source, or cancelling, can. Frames are walked as far as their lengths
/// can be believed, and every check runs on what was found. Memory: the issues, one frame of metadata, and at the levels
/// that decode one object as the pipeline decodes it; uncompressed payloads are looked at block by block. A payload
/// whose hash is wrong is never handed to a codec.
public enum Validator {
  /// Looks at the message at the start of `range`, of the whole source where that is `nil`; bytes behind it do not
  /// matter.
  ///
  /// `checkCanonical` adds warnings for CBOR maps whose keys are out of order, and with them the metadata checks, at any
  /// level.
  public static func validate(
    _ source: any ByteSource, in range: Range<Int>? = nil, level: ValidationLevel = .default,
    checkCanonical: Bool = false, workers: Workers = Workers()
  ) throws(TensogramError) -> ValidationReport {
    let available = try source.count()
    let range = (range ?? 0..<available).clamped(to: 0..<available)
    var log = IssueLog(level: level, messageStart: range.lowerBound)
    var structure = try StructureCheck(source, range)
    guard let message = try structure.run(&log) else {
      return ValidationReport(issues: log.issues, objectCount: 0, isHashVerified: false)
    }
    let checksMetadata = level.checksMetadata || checkCanonical
    if checksMetadata { try MetadataCheck(message, isCanonical: checkCanonical).run(&log) }
    let hashes = level.checksHashes ? try HashCheck(message, &log) : nil
    var areHashesRight = hashes != nil && message.objectCount > 0
    for index in 0..<message.objectCount {
      try workers.checkCancelled()
      var object = ObjectCheck(message, index, workers)
      if checksMetadata || level.checksHashes {
        try object.readDescriptor(reportsAsMetadata: checksMetadata, isCanonical: checkCanonical, &log)
      }
      guard let hashes else { continue }
      let state = try hashes.check(object: index, &log, workers: workers)
      if state != .right { areHashesRight = false }
      if state != .wrong && level.decompresses { try object.checkPayload(&log) }
    }
    let issues = log.issues
    let isFree = !issues.contains { $0.severity == .error }
    return ValidationReport(
      issues: issues, objectCount: message.objectCount, isHashVerified: areHashesRight && isFree)
  }

  /// Looks at every message of the file at `path`, and for bytes between them that are none.
  ///
  /// A system error where the file cannot be opened or read.
  public static func validateFile(
    _ path: String, level: ValidationLevel = .default, checkCanonical: Bool = false, workers: Workers = Workers()
  ) throws(TensogramError) -> FileValidationReport {
    try locating(file: path) { () throws(TensogramError) in
      try validateMessages(of: FileSource(path: path), level: level, checkCanonical: checkCanonical, workers: workers)
    }
  }

  /// Looks at every message of `source`, and for bytes between them that are none.
  public static func validateMessages(
    of source: any ByteSource, level: ValidationLevel = .default, checkCanonical: Bool = false,
    workers: Workers = Workers()
  ) throws(TensogramError) -> FileValidationReport {
    let ranges = try MessageScanner.scan(source)
    var messages: [ValidationReport] = []
    messages.reserveCapacity(ranges.count)
    for range in ranges {
      messages.append(
        try validate(source, in: range, level: level, checkCanonical: checkCanonical, workers: workers))
    }
    return FileValidationReport(
      unclaimed: unclaimed(in: 0..<(try source.count()), beside: ranges), messages: messages)
  }

  private static func unclaimed(
    in whole: Range<Int>, beside messages: [Range<Int>]
  ) -> [FileValidationReport.UnclaimedBytes] {
    var found: [FileValidationReport.UnclaimedBytes] = []
    var position = whole.lowerBound
    for message in messages {
      if message.lowerBound > position {
        found.append(
          .init(
            range: position..<message.lowerBound,
            description: "\(message.lowerBound - position) unrecognized bytes at offset \(position)"))
      }
      position = message.upperBound
    }
    guard position < whole.upperBound else { return found }
    let count = whole.upperBound - position
    let description =
      messages.isEmpty
      ? "\(count) bytes with no valid messages"
      : "\(count) trailing bytes after the last message, at offset \(position)"
    found.append(.init(range: position..<whole.upperBound, description: description))
    return found
  }
}

/// What the structure check found of a message: positions of whole frames, in the source.
struct FoundMessage {
  /// Reads the objects, by the layout of the frames that were found.
  let reader: MessageReader
  /// Frames that are no data objects, in their order.
  let frames: [MessageLayout.Frame]

  var start: Int { reader.layout.range.lowerBound }
  var objectCount: Int { reader.objectCount }
  var isHashed: Bool { reader.layout.flags.contains(.hashed) }
}
