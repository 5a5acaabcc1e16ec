/// Checks one data object: its descriptor, then its payload.
struct ObjectCheck {
  private let message: FoundMessage
  private let index: Int
  private let workers: Workers
  /// `nil` until the descriptor is read, and where it cannot be.
  private var object: LocatedObject?
  private var hasShapeOverflow = false

  init(_ message: FoundMessage, _ index: Int, _ workers: Workers) {
    self.message = message
    self.index = index
    self.workers = workers
  }

  private var position: Int { message.reader.layout.objects[index].frame.range.lowerBound }

  // MARK: Descriptor

  /// Reads the descriptor. Without `reportsAsMetadata` only one that cannot be read is reported, as the reason why the
  /// object cannot be verified.
  mutating func readDescriptor(
    reportsAsMetadata: Bool, isCanonical: Bool, _ log: inout IssueLog
  ) throws(TensogramError) {
    if isCanonical { try checkKeyOrder(&log) }
    var failure: TensogramError?
    let read = try contained { () throws(TensogramError) in
      let (value, region) = try message.reader.descriptorValue(index)
      let descriptor = try DataObjectDescriptor(cbor: value)
      _ = try descriptor.byteCount
      try requireMaskFields(descriptor)
      return (value, LocatedObject(index, descriptor, payloadRegion: region))
    } report: {
      failure = $0
    }
    if let failure {
      hasShapeOverflow = failure.kind == .object
      report(failure, reportsAsMetadata, &log)
    }
    guard let (value, object) = read else { return }
    self.object = object
    if reportsAsMetadata { check(object, value, &log) }
  }

  private func report(_ failure: TensogramError, _ reportsAsMetadata: Bool, _ log: inout IssueLog) {
    if failure.kind == .object {
      if reportsAsMetadata { log.add(.shapeOverflow, .metadata, object: index, failure.text) }
    } else if reportsAsMetadata {
      log.add(
        .descriptorParseFailed, .metadata, object: index,
        "the descriptor of object \(index) cannot be read: \(failure.text)")
    } else {
      log.add(
        .hashVerificationError, .integrity, object: index,
        "object \(index) cannot be verified, its descriptor cannot be read: \(failure.text)")
    }
  }

  private func check(_ object: LocatedObject, _ value: CBORValue, _ log: inout IssueLog) {
    let descriptor = object.descriptor
    func add(_ code: ValidationIssue.Code, _ text: @autoclosure () -> String) {
      log.add(code, .metadata, object: index, text())
    }
    if descriptor.type.isEmpty { add(.emptyObjectType, "the type of object \(index) is empty") }
    let rank = descriptor.shape.rank
    if let ndim = value.map?["ndim"]?.int, ndim != rank {
      add(.ndimShapeMismatch, "ndim is \(ndim) but the shape has \(rank) extents")
    }
    if descriptor.strides.count != rank {
      add(.stridesShapeMismatch, "there are \(descriptor.strides.count) strides but the shape has \(rank) extents")
    }
    if !Pipeline.encodings.contains(descriptor.encoding) {
      add(.unknownEncoding, "unknown encoding: '\(descriptor.encoding)'")
    }
    if !Pipeline.filters.contains(descriptor.filter) {
      add(.unknownFilter, "unknown filter: '\(descriptor.filter)'")
    }
    if !Pipeline.compressions.contains(descriptor.compression) {
      add(.unknownCompression, "unknown compression: '\(descriptor.compression)'")
    }
    for entry in descriptor.masks?.entries ?? [] {
      guard let offset = entry.value.map?["offset"]?.int, !(0...object.payloadRegion.count).contains(offset) else {
        continue
      }
      add(
        .descriptorParseFailed,
        "mask \(entry.key.shortDescription) starts at \(offset), outside the payload region of "
          + "\(object.payloadRegion.count) bytes")
    }
  }

  /// Throws a metadata error where a mask lacks what every mask has.
  private func requireMaskFields(_ descriptor: DataObjectDescriptor) throws(TensogramError) {
    for entry in descriptor.masks?.entries ?? [] {
      let mask = entry.value.map
      if mask?["method"]?.text == nil || mask?["offset"]?.int == nil || mask?["length"]?.int == nil {
        throw .metadata("mask \(entry.key.shortDescription) has no method, offset and length")
      }
    }
  }

  private func checkKeyOrder(_ log: inout IssueLog) throws(TensogramError) {
    let place = message.reader.layout.objects[index]
    let isOrdered = try message.reader.source.withBytes(place.descriptorStart..<place.frame.body.upperBound) {
      (bytes) throws(TensogramError) in CBORReader.hasOrderedKeys(bytes)
    }
    if isOrdered == false {
      log.add(
        .descriptorNonCanonical, .metadata, object: index,
        "the descriptor of object \(index) has map keys that are not in canonical order, or stand twice")
    }
  }

  // MARK: Payload

  /// Decodes what the level asks for. The object's hash, where it has one, is right.
  func checkPayload(_ log: inout IssueLog) throws(TensogramError) {
    guard let object else {
      if hasShapeOverflow { reportSize("its size cannot be computed, the shape overflows", &log) }
      return
    }
    let pipeline = try contained { () throws(TensogramError) in
      try Pipeline(object.descriptor)
    } report: { error in
      log.add(
        .pipelineConfigFailed, .integrity, object: index, at: position,
        "the pipeline of object \(index) cannot be built: \(error.text)")
    }
    guard let pipeline else { return }
    if pipeline.destroysValues {
      log.add(
        .pipelineConfigFailed, .integrity, object: index, at: position,
        "object \(index) is damaged: szip took values packed in \(pipeline.packing?.bitsPerValue ?? 0) bits for whole "
          + "bytes, and they are lost")
    }
    let check = PayloadCheck(
      pipeline, PayloadWindow(message.reader.source, object.payload), wireOrder: object.descriptor.byteOrder,
      findsNonFinite: log.level.checksFidelity, workers)
    guard try isSizeRight(check, &log) else { return }
    var found: PayloadCheck.NonFiniteElement?
    let isDecoded = try contained { () throws(TensogramError) in
      found = try check.run(decodesAll: log.level.checksFidelity)
      return true
    } report: { error in
      reportDecoding(error.text, &log)
      // A codec that gives other than the descriptor's bytes makes it an encoding error.
      if check.isSizeOfElements && error.kind == .encoding { reportSize(error.text, &log) }
    }
    if isDecoded == nil || !log.level.checksFidelity { return }
    try checkMasks(object, &log)
    if let found { report(found, &log) }
  }

  /// Whether the payload is as long as it must be, as far as that shows before it is decoded.
  private func isSizeRight(_ check: PayloadCheck, _ log: inout IssueLog) throws(TensogramError) -> Bool {
    var mismatch: String?
    let isKnown = try contained { () throws(TensogramError) in
      mismatch = try check.sizeMismatch()
      return true
    } report: { error in
      reportDecoding(error.text, &log)
    }
    guard let mismatch else { return isKnown != nil }
    if !check.isPlain { reportDecoding(mismatch, &log) }
    if check.isSizeOfElements { reportSize(mismatch, &log) }
    return false
  }

  private func checkMasks(_ object: LocatedObject, _ log: inout IssueLog) throws(TensogramError) {
    _ = try contained { () throws(TensogramError) in
      _ = try message.reader.masks(object)
    } report: { error in
      log.add(
        .decodeObjectFailed, .fidelity, object: index, at: position,
        "the masks of object \(index) cannot be read: \(error.text)")
    }
  }

  private func reportDecoding(_ text: String, _ log: inout IssueLog) {
    log.add(
      .decodePipelineFailed, .integrity, object: index, at: position,
      "the payload of object \(index) cannot be decoded: \(text)")
  }

  private func reportSize(_ text: String, _ log: inout IssueLog) {
    guard log.level.checksFidelity else { return }
    log.add(.decodedSizeMismatch, .fidelity, object: index, at: position, "object \(index): \(text)")
  }

  private func report(_ found: PayloadCheck.NonFiniteElement, _ log: inout IssueLog) {
    let part = found.part.map { ", \($0) part," } ?? ""
    log.add(
      found.kind == .nan ? .nanDetected : .infDetected, .fidelity, object: index, at: position,
      "\(found.kind) at element \(found.index)\(part) of object \(index), outside its masks")
  }
}
