import CPython
import Tensogram

/// The functions that tell what is wrong with messages (contract §18).
enum ValidateFunctions {
  static let methods: [Method] = [
    Method(validate, validateDocumentation) { _, given, count, names in
      call(validate, given, count, names) { (arguments) throws(PythonError) in
        let level = try arguments.level(1)
        let checksCanonical = try arguments.flag(2, default: false)
        let view = try BufferView(arguments.required(0))
        let workers = try ThreadSetting.workers(0)
        // The view holds the memory.
        let source = unsafe MemorySource(memory: UnsafeRawBufferPointer(view.memory), owner: nil)
        let report = try releasingGIL(work: view.count) { () throws(TensogramError) in
          try Validator.validate(source, level: level, checkCanonical: checksCanonical, workers: workers)
        }
        return try .report(report)
      }
    },
    Method(validateFile, validateFileDocumentation) { _, given, count, names in
      call(validateFile, given, count, names) { (arguments) throws(PythonError) in
        let path = try arguments.path(0)
        let level = try arguments.level(1)
        let checksCanonical = try arguments.flag(2, default: false)
        let workers = try ThreadSetting.workers(0)
        let report = try releasingGIL(work: .max) { () throws(TensogramError) in
          try Validator.validateFile(path, level: level, checkCanonical: checksCanonical, workers: workers)
        }
        return try .report(report)
      }
    },
  ]

  private static let validate = Signature("validate(buf, level=\"default\", check_canonical=False)")
  private static let validateFile = Signature("validate_file(path, level=\"default\", check_canonical=False)")

  private static let validateDocumentation = """
    Tell all that is wrong with the message at the start of a buffer; content never raises.

    ``level`` is ``"quick"`` (structure), ``"default"`` (also metadata, hashes, decompression), ``"checksum"`` (hashes
    and errors of structure only) or ``"full"`` (default, and every value decoded: sizes, NaN and infinity outside the
    masks). ``check_canonical=True`` adds warnings for map keys out of order. Returns a dict: ``issues``, a list of
    dicts with ``code``, ``level``, ``severity``, ``description`` and, where they apply, ``object_index`` and
    ``byte_offset``; ``object_count``; ``hash_verified``, True if every object's hash is there and right and no issue
    is an error.
    """
  private static let validateFileDocumentation = """
    Tell all that is wrong with the messages of a file, and what in it is no message.

    Returns a dict: ``file_issues``, a list of dicts with ``byte_offset``, ``length`` and ``description`` of bytes that
    belong to no message; ``messages``, what ``validate`` returns for each message. OSError if it cannot be read.
    """
}

extension Arguments {
  fileprivate func level(_ place: Int) throws(PythonError) -> ValidationLevel {
    let name = try text(place, default: ValidationLevel.default.rawValue)
    guard let level = ValidationLevel(rawValue: name) else {
      let known = ValidationLevel.allCases.map { "'\($0.rawValue)'" }.joined(separator: ", ")
      throw .value("unknown validation level: '\(name)', not one of \(known)")
    }
    return level
  }
}

extension PythonObject {
  fileprivate static func report(_ report: FileValidationReport) throws(PythonError) -> PythonObject {
    let unclaimed = try list(count: report.unclaimed.count) { (index) throws(PythonError) in
      let bytes = report.unclaimed[index]
      let entry = try PythonObject.dict()
      try entry.setItem(Key.byteOffset, PythonObject(bytes.range.lowerBound))
      try entry.setItem(Key.length, PythonObject(bytes.range.count))
      try entry.setItem(Key.description, PythonObject(text: bytes.description))
      return entry
    }
    let messages = try list(count: report.messages.count) { (index) throws(PythonError) in
      try .report(report.messages[index])
    }
    let result = try PythonObject.dict()
    try result.setItem(Key.fileIssues, unclaimed)
    try result.setItem(Key.messages, messages)
    return result
  }

  fileprivate static func report(_ report: ValidationReport) throws(PythonError) -> PythonObject {
    let issues = try list(count: report.issues.count) { (index) throws(PythonError) in
      try .issue(report.issues[index])
    }
    let result = try PythonObject.dict()
    try result.setItem(Key.issues, issues)
    try result.setItem(Key.objectCount, PythonObject(report.objectCount))
    try result.setItem(Key.hashVerified, PythonObject(report.isHashVerified))
    return result
  }

  private static func issue(_ issue: ValidationIssue) throws(PythonError) -> PythonObject {
    let entry = try PythonObject.dict()
    try entry.setItem(Key.code, PythonObject(text: issue.code.rawValue))
    try entry.setItem(Key.level, PythonObject(text: issue.stage.rawValue))
    try entry.setItem(Key.severity, PythonObject(text: issue.severity.rawValue))
    try entry.setItem(Key.description, PythonObject(text: issue.description))
    if let object = issue.objectIndex { try entry.setItem(Key.objectIndex, PythonObject(object)) }
    if let offset = issue.byteOffset { try entry.setItem(Key.byteOffset, PythonObject(offset)) }
    return entry
  }
}

/// The keys of the dicts.
private enum Key {
  static let fileIssues = InternedString("file_issues")
  static let messages = InternedString("messages")
  static let byteOffset = InternedString("byte_offset")
  static let length = InternedString("length")
  static let description = InternedString("description")
  static let issues = InternedString("issues")
  static let objectCount = InternedString("object_count")
  static let hashVerified = InternedString("hash_verified")
  static let code = InternedString("code")
  static let level = InternedString("level")
  static let severity = InternedString("severity")
  static let objectIndex = InternedString("object_index")
}
