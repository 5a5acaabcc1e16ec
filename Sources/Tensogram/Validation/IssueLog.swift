import Glibc

/// The issues of one message as they are found, kept by stage: objects pass all stages one after the other.
struct IssueLog {
  let level: ValidationLevel
  /// Where the message starts in its source: issues count from there.
  let messageStart: Int
  private var stages: [[ValidationIssue]]

  init(level: ValidationLevel, messageStart: Int) {
    self.level = level
    self.messageStart = messageStart
    stages = Array(repeating: [], count: ValidationIssue.Stage.allCases.count)
  }

  /// `position` is in the source.
  mutating func add(
    _ code: ValidationIssue.Code, _ stage: ValidationIssue.Stage, object: Int? = nil, at position: Int? = nil,
    _ description: @autoclosure () -> String
  ) {
    if stage == .structure && code.severity == .warning && !level.reportsStructureWarnings { return }
    let issue = ValidationIssue(
      code: code, stage: stage, description: description(), objectIndex: object,
      byteOffset: position.map { $0 - messageStart })
    stages[place(stage)].append(issue)
  }

  /// All of them, stage by stage.
  var issues: [ValidationIssue] { Array(stages.joined()) }

  private func place(_ stage: ValidationIssue.Stage) -> Int {
    switch stage {
    case .structure: 0
    case .metadata: 1
    case .integrity: 2
    case .fidelity: 3
    }
  }
}

/// Runs `body`; what is wrong with the content goes to `report`, and `nil` comes back. Errors of the operating system
/// and cancellation are thrown on, but a lack of memory counts as content: it is the content that asks for so much.
func contained<Result>(
  _ body: () throws(TensogramError) -> Result, report: (TensogramError) -> Void
) throws(TensogramError) -> Result? {
  do { return try body() } catch {
    switch error.kind {
    case .system(let code) where code != ENOMEM: throw error
    case .cancelled: throw error
    default:
      report(error)
      return nil
    }
  }
}
