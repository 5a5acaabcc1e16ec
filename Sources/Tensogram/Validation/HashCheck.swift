/// Checks the hashes of frames, and the lists of them that hash frames hold.
struct HashCheck {
  /// What is known of an object's bytes.
  enum State { case right, wrong, unknown }

  private let message: FoundMessage
  /// The digests of the objects, where a list of a known algorithm has them.
  private let listed: [String]

  /// Checks all but the objects themselves.
  init(_ message: FoundMessage, _ log: inout IssueLog) throws(TensogramError) {
    self.message = message
    var lists: [Directory.Hashes] = []
    for type in [FrameType.headerHashes, .footerHashes] {
      lists +=
        try message.frames.last { $0.type == type }.flatMap { (frame) throws(TensogramError) in
          try Self.list(in: frame, message, &log)
        }.map { [$0] } ?? []
    }
    if lists.count == 2, lists[0].digests != lists[1].digests {
      log.add(.hashMismatch, .integrity, "hash mismatch: the header's list of hashes is not the footer's")
    }
    for list in lists where list.algorithm != Directory.Hashes.knownAlgorithm {
      log.add(
        .unknownHashAlgorithm, .integrity,
        "unknown hash algorithm '\(list.algorithm)' in a hash frame, its list cannot be compared")
    }
    listed = lists.first { $0.algorithm == Directory.Hashes.knownAlgorithm }?.digests ?? []
    for frame in message.frames { try check(frame, &log) }
  }

  private static func list(
    in frame: MessageLayout.Frame, _ message: FoundMessage, _ log: inout IssueLog
  ) throws(TensogramError) -> Directory.Hashes? {
    try contained { () throws(TensogramError) in
      try Directory.Hashes(cbor: message.item(in: frame))
    } report: { error in
      log.add(.hashFrameParseFailed, .integrity, "the \(frame.type.name) cannot be read: \(error.text)")
    }
  }

  /// A frame that is no data object.
  private func check(_ frame: MessageLayout.Frame, _ log: inout IssueLog) throws(TensogramError) {
    let position = frame.range.lowerBound
    guard let expected = frame.digest else {
      if message.isHashed {
        log.add(
          .hashVerificationError, .integrity, at: position,
          "the preamble says that every frame has a hash, but the \(frame.type.name) frame has none")
      }
      return
    }
    let actual = try message.reader.digest(of: frame.body)
    if actual == expected { return }
    log.add(.hashMismatch, .integrity, at: position, mismatch("the \(frame.type.name) frame", expected, actual))
  }

  func check(object index: Int, _ log: inout IssueLog, workers: Workers) throws(TensogramError) -> State {
    let frame = message.reader.layout.objects[index].frame
    let position = frame.range.lowerBound
    guard let expected = frame.digest else {
      if message.isHashed {
        log.add(
          .hashVerificationError, .integrity, object: index, at: position,
          "the preamble says that every frame has a hash, but object \(index) has none")
      } else {
        reportUnhashed(index, &log)
      }
      return .unknown
    }
    let actual = try message.reader.digest(of: frame.body, workers: workers)
    if actual != expected {
      log.add(
        .hashMismatch, .integrity, object: index, at: position, mismatch("object \(index)", expected, actual))
      return .wrong
    }
    guard message.isHashed else {
      reportUnhashed(index, &log)
      return .unknown
    }
    if listed.indices.contains(index), listed[index] != String(hexDigest: expected) {
      log.add(
        .hashMismatch, .integrity, object: index, at: position,
        "hash mismatch: the list of hashes has \(listed[index].prefix(80)) for object \(index), its frame "
          + String(hexDigest: expected))
    }
    return .right
  }

  private func reportUnhashed(_ index: Int, _ log: inout IssueLog) {
    log.add(
      .noHashAvailable, .integrity, object: index,
      "the preamble says that the message has no hashes, so object \(index) cannot be verified")
  }

  private func mismatch(_ name: String, _ expected: UInt64, _ actual: UInt64) -> String {
    "hash mismatch in \(name): expected \(String(hexDigest: expected)), got \(String(hexDigest: actual))"
  }
}
