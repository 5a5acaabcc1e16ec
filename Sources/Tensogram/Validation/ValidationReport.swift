/// How much of a message is looked at.
public enum ValidationLevel: String, CaseIterable, Sendable {
  /// Structure: preamble, frames, postamble. No payload is read.
  case quick
  /// Structure, metadata, and integrity: hashes, decompression of compressed payloads.
  case `default`
  /// Hashes, and errors of structure; nothing is parsed beyond what that needs, nothing is decompressed.
  case checksum
  /// ``default``, and every payload decoded: sizes, masks, NaN and infinities outside the masks.
  case full

  var checksMetadata: Bool { self == .default || self == .full }
  var checksHashes: Bool { self != .quick }
  var decompresses: Bool { checksMetadata }
  var checksFidelity: Bool { self == .full }
  var reportsStructureWarnings: Bool { self != .checksum }
}

/// What was found in one message; see ``Validator``.
public struct ValidationReport: Equatable, Sendable {
  /// By stage: structure, metadata, integrity, fidelity; within a stage in the order of the bytes.
  public var issues: [ValidationIssue]
  /// Data objects that were found before the structure became unreadable.
  public var objectCount: Int
  /// Whether hashes were looked at, there is at least one object, every object's hash is there and right, and no issue
  /// is an error.
  public var isHashVerified: Bool

  /// Whether no issue is an error.
  public var isValid: Bool { !issues.contains { $0.severity == .error } }
}

/// One thing that is wrong with a message, or looks as if.
public struct ValidationIssue: Equatable, Sendable {
  /// The part of the validation that found it.
  public enum Stage: String, CaseIterable, Sendable { case structure, metadata, integrity, fidelity }

  public enum Severity: String, Sendable { case error, warning }

  public var code: Code
  public var stage: Stage
  /// One sentence with the names and values in question.
  public var description: String
  /// The object it is about, from 0.
  public var objectIndex: Int?
  /// Where it is, from the first byte of the message.
  public var byteOffset: Int?

  public var severity: Severity { code.severity }
}

/// What was found in a file.
public struct FileValidationReport: Equatable, Sendable {
  /// Bytes that belong to no message.
  public struct UnclaimedBytes: Equatable, Sendable {
    public var range: Range<Int>
    public var description: String
  }

  public var unclaimed: [UnclaimedBytes]
  /// In the order of the file.
  public var messages: [ValidationReport]
}
