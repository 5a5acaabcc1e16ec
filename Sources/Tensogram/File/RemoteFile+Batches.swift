/// Several messages at a time: what each of them needs is got by the same round of requests.
extension RemoteFile {
  /// Opens messages ahead of their use. A framing error for an index that is out of range.
  public func prefetch(_ indices: [Int]) throws(TensogramError) {
    for batch in Self.pieces(of: indices) {
      var ranges: [Range<Int>] = []
      for index in batch where opened(index) == nil { ranges.append(try range(of: index)) }
      try locating(file: path) { () throws(TensogramError) in
        let source = try source()
        try source.hold(ranges.map { $0.lowerBound..<min($0.lowerBound + MessageSearch.readAhead, $0.upperBound) })
        var surroundings: [Range<Int>] = []
        for range in ranges { surroundings += try RemoteMessage.surroundings(of: range, in: source) }
        try source.hold(surroundings)
      }
      for index in batch { _ = try message(index) }
    }
  }

  /// Hands object `object` of each message, in order, to `body`, with a reader of `part` of it.
  public func forEach(
    _ messages: [Int], object: Int, _ part: ObjectPart,
    _ body: (_ number: Int, MessageReader, LocatedObject) throws(TensogramError) -> Void
  ) throws(TensogramError) {
    try prefetch(messages)
    var number = 0
    for batch in try batches(messages, object: object, part) {
      for (reader, located) in try readers(batch, object: object, part) {
        try body(number, reader, located)
        number += 1
      }
    }
  }

  /// As many messages as what is held of a source has room for.
  private static func pieces(of indices: [Int]) -> [ArraySlice<Int>] {
    stride(from: 0, to: indices.count, by: 64).map { indices[$0..<min($0 + 64, indices.count)] }
  }

  /// Messages whose frames fit into memory together; a large one alone.
  private func batches(
    _ messages: [Int], object: Int, _ part: ObjectPart
  ) throws(TensogramError) -> [ArraySlice<Int>] {
    guard case .all = part else { return Self.pieces(of: messages) }
    var batches: [ArraySlice<Int>] = []
    var (start, size) = (0, 0)
    for (number, index) in messages.enumerated() {
      let frame = try message(index).frame(of: object)
      if number > start && size + frame.count > RequestPlan.largestBatch {
        batches.append(messages[start..<number])
        (start, size) = (number, 0)
      }
      size += frame.count
    }
    if start < messages.count { batches.append(messages[start...]) }
    return batches
  }

  private func readers(
    _ messages: ArraySlice<Int>, object: Int, _ part: ObjectPart
  ) throws(TensogramError) -> [(MessageReader, LocatedObject)] {
    var opened: [RemoteMessage] = []
    for index in messages { opened.append(try message(index)) }
    if case .all(let verifyingHash) = part {
      if let message = opened.first, opened.count == 1 {
        return [try message.wholeObject(object, verifyingHash: verifyingHash)]
      }
      return try readers(opened, object) { (message) throws(TensogramError) in [try message.frame(of: object)] }
    }
    var places: [Range<Int>] = []
    for message in opened { places += try message.descriptorPlaces(of: object) }
    try locating(file: path) { () throws(TensogramError) in try source().hold(places) }
    return try readers(opened, object) { (message) throws(TensogramError) in
      let located = try message.object(object)
      return try Pipeline(located.descriptor).payloadRanges(of: part, in: located)
    }
  }

  private func readers(
    _ messages: [RemoteMessage], _ object: Int, plan: (RemoteMessage) throws(TensogramError) -> [Range<Int>]
  ) throws(TensogramError) -> [(MessageReader, LocatedObject)] {
    try locating(file: path) { () throws(TensogramError) in
      var ranges: [Range<Int>] = []
      for message in messages { ranges += try plan(message) }
      let planned = try PlannedSource(source(), ranges)
      var readers: [(MessageReader, LocatedObject)] = []
      for message in messages { readers.append(try message.object(object, in: planned)) }
      return readers
    }
  }
}
