/// Checks what metadata, preceder, index and hash frames say; descriptors are the business of ``ObjectCheck``.
struct MetadataCheck {
  private let message: FoundMessage
  private let isCanonical: Bool

  /// `isCanonical`: warn of keys out of order.
  init(_ message: FoundMessage, isCanonical: Bool) {
    self.message = message
    self.isCanonical = isCanonical
  }

  func run(_ log: inout IssueLog) throws(TensogramError) {
    var header: Metadata?
    var footer: Metadata?
    for frame in message.frames {
      switch frame.type {
      case .headerMetadata: header = try metadata(frame, &log) ?? header
      case .footerMetadata: footer = try metadata(frame, &log) ?? footer
      case .precederMetadata: try checkPreceder(frame, &log)
      case .headerIndex, .footerIndex: try checkIndex(frame, &log)
      case .headerHashes, .footerHashes: try checkHashes(frame, &log)
      case .dataObject: break
      }
    }
    // Where both are there, the footer's is the complete one.
    if let complete = footer ?? header { check(complete, &log) }
  }

  private func metadata(_ frame: MessageLayout.Frame, _ log: inout IssueLog) throws(TensogramError) -> Metadata? {
    try checkKeyOrder(frame, .metadataNonCanonical, &log)
    return try contained { () throws(TensogramError) in
      try Metadata(cbor: message.item(in: frame))
    } report: { error in
      log.add(.metadataParseFailed, .metadata, "the \(frame.type.name) cannot be read: \(error.text)")
    }
  }

  private func check(_ metadata: Metadata, _ log: inout IssueLog) {
    if metadata.base.count > message.objectCount {
      log.add(
        .baseCountExceedsObjects, .metadata,
        "metadata has \(metadata.base.count) base entries but the message has \(message.objectCount) objects")
    }
    for (index, entry) in metadata.base.enumerated() {
      guard let reserved = entry[Metadata.reservedKey] else { continue }
      guard case .map(let map) = reserved else {
        log.add(
          .reservedNotAMap, .metadata, object: index,
          "base[\(index)]._reserved_ must be a map, here is \(reserved.kindName)")
        continue
      }
      if map["tensor"] == nil {
        log.add(.reservedMissingTensor, .metadata, object: index, "base[\(index)]._reserved_ has no key 'tensor'")
      }
    }
  }

  private func checkPreceder(_ frame: MessageLayout.Frame, _ log: inout IssueLog) throws(TensogramError) {
    try checkKeyOrder(frame, .precederNonCanonical, &log)
    let metadata = try contained { () throws(TensogramError) in
      try Metadata(cbor: message.item(in: frame))
    } report: { error in
      log.add(
        .precederParseFailed, .metadata,
        "the preceder at byte \(frame.range.lowerBound - message.start) cannot be read: \(error.text)")
    }
    guard let metadata, metadata.base.count != 1 else { return }
    log.add(
      .precederBaseCountWrong, .metadata,
      "a preceder must have one base entry, the one at byte \(frame.range.lowerBound - message.start) has "
        + "\(metadata.base.count)")
  }

  private func checkIndex(_ frame: MessageLayout.Frame, _ log: inout IssueLog) throws(TensogramError) {
    let index = try contained { () throws(TensogramError) in
      try Directory.Index(cbor: message.item(in: frame))
    } report: { error in
      log.add(.indexParseFailed, .metadata, "the \(frame.type.name) cannot be read: \(error.text)")
    }
    guard let index else { return }
    if index.offsets.count != message.objectCount {
      log.add(
        .indexCountMismatch, .metadata,
        "the \(frame.type.name) has \(index.offsets.count) offsets but the message has \(message.objectCount) objects")
    }
    for (object, offset) in zip(message.reader.layout.objects.indices, index.offsets) {
      let actual = message.reader.layout.objects[object].frame.range.lowerBound - message.start
      if offset == UInt64(actual) { continue }
      log.add(
        .indexOffsetMismatch, .metadata, object: object,
        "the \(frame.type.name) has the offset \(offset) for object \(object), whose frame is at \(actual)")
    }
  }

  private func checkHashes(_ frame: MessageLayout.Frame, _ log: inout IssueLog) throws(TensogramError) {
    let hashes = try contained { () throws(TensogramError) in
      try Directory.Hashes(cbor: message.item(in: frame))
    } report: { error in
      log.add(.hashFrameParseFailed, .metadata, "the \(frame.type.name) cannot be read: \(error.text)")
    }
    guard let hashes, hashes.digests.count != message.objectCount else { return }
    log.add(
      .hashFrameCountMismatch, .metadata,
      "the \(frame.type.name) has \(hashes.digests.count) hashes but the message has \(message.objectCount) objects")
  }

  private func checkKeyOrder(
    _ frame: MessageLayout.Frame, _ code: ValidationIssue.Code, _ log: inout IssueLog
  ) throws(TensogramError) {
    guard isCanonical else { return }
    let isOrdered = try message.reader.source.withBytes(frame.body) { (bytes) throws(TensogramError) in
      CBORReader.hasOrderedKeys(bytes)
    }
    if isOrdered == false {
      log.add(code, .metadata, "the \(frame.type.name) has map keys that are not in canonical order, or stand twice")
    }
  }
}

extension FoundMessage {
  /// The CBOR item that is the body of a frame.
  func item(in frame: MessageLayout.Frame) throws(TensogramError) -> CBORValue {
    try reader.source.withBytes(frame.body) { (bytes) throws(TensogramError) in try CBORReader.decode(bytes) }
  }
}
