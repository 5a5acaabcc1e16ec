import Synchronization

/// A message of a remote file, read with as few requests as it allows.
///
/// Where the index accounts for all that stands between header and footer, an object is got by its entry, at once with
/// all that describes it; what came must then be the frame that the index, and the list of hashes, say it is. Where
/// anything does not fit, the frames are walked as those of a local file, and the index counts for nothing.
public final class RemoteMessage: FileMessage {
  public let index: Int
  public let metadata: Metadata
  let source: RemoteSource
  let range: Range<Int>
  /// Of all objects, where a list says so.
  private let listed: [String]?
  private let state: Mutex<State>

  private struct State {
    var layout: MessageLayout
    /// Whether the frames were walked, so that all of the layout is known.
    var isWalked: Bool
    /// By number.
    var located: [Int: LocatedObject] = [:]
  }

  /// A frame up to this size is got whole where only its descriptor is wanted.
  private static let smallFrame = 256 << 10
  /// What is got of the end of a larger one: its descriptor, mostly.
  private static let frameEnd = 2 << 10
  /// What is got of the end of a message, so that the last frame's end is in it.
  private static let messageEnd = 4 << 10
  /// The most that is got ahead of a message's header: a length that is read may be anything.
  private static let largestHeader = 1 << 20
  /// The most places of an incomplete index that are read ahead.
  private static let mostHints = 4096
  /// Objects whose descriptors are got at once.
  private static let descriptorBatch = 512

  init(_ source: RemoteSource, _ range: Range<Int>, index: Int) throws(TensogramError) {
    self.source = source
    self.range = range
    self.index = index
    try source.hold(try Self.surroundings(of: range, in: source))
    if let (layout, metadata, listed) = try Self.indexed(source, range) {
      self.metadata = metadata
      self.listed = listed
      state = Mutex(State(layout: layout, isWalked: false))
    } else {
      let layout = try MessageLayout(of: source, at: range.lowerBound)
      metadata = try MessageReader(source, layout: layout).metadata()
      listed = nil
      state = Mutex(State(layout: layout, isWalked: true))
    }
  }

  // MARK: Opening

  /// What is read of a message to open it: about its header, and its end.
  static func surroundings(of range: Range<Int>, in source: RemoteSource) throws(TensogramError) -> [Range<Int>] {
    let start = range.lowerBound + WireFormat.preambleSize
    let tail = max(range.upperBound - messageEnd, range.lowerBound)..<range.upperBound
    let header = try source.withBytes(start..<min(start + FrameHeader.size, range.upperBound)) { bytes in
      try? FrameHeader(reading: bytes, available: range.upperBound - start)
    }
    guard let header, header.type.phase == .header else { return [tail] }
    // Index and hashes, which take less than the metadata does, follow it.
    let size = min(header.length, largestHeader)
    let end = min(start + size + size / 2 + messageEnd, range.upperBound)
    return [range.lowerBound..<end, tail]
  }

  /// The layout by a complete index, with metadata and list of hashes, where metadata are of as many objects; else `nil`.
  private static func indexed(
    _ source: RemoteSource, _ range: Range<Int>
  ) throws(TensogramError) -> (MessageLayout, Metadata, listed: [String]?)? {
    try ifSound { () throws(TensogramError) -> (MessageLayout, Metadata, listed: [String]?)? in
      var walker = try FrameWalker(source, at: range.lowerBound)
      switch try walker.indexedLayout() {
      case .complete(let layout):
        let reader = MessageReader(source, layout: layout)
        guard try reader.declaredEntryCount() == layout.objects.count else { return nil }
        return (layout, try reader.metadata(), try reader.listedDigests())
      case .incomplete(let hints):
        try source.hold(
          hints.prefix(mostHints).map {
            max($0.upperBound - frameEnd, range.lowerBound)..<$0.upperBound + FrameHeader.size
          })
        return nil
      }
    }
  }

  /// `nil` where the message is not what `body` expects of it.
  private static func ifSound<Result>(
    _ body: () throws(TensogramError) -> Result?
  ) throws(TensogramError) -> Result? {
    do { return try body() } catch {
      switch error.kind {
      case .framing, .metadata: return nil
      default: throw error
      }
    }
  }

  // MARK: Objects

  public var lendableSource: FileSource? { nil }

  public func object(_ index: Int) throws(TensogramError) -> LocatedObject {
    try locating(message: self.index) { () throws(TensogramError) in
      if let known = try known(index) { return known }
      try source.hold(descriptorPlaces(index))
      return try locate(index, in: source)
    }
  }

  public func allObjects() throws(TensogramError) -> [LocatedObject] {
    try locating(message: index) { () throws(TensogramError) in
      let (count, wasWalked) = state.withLock { ($0.layout.objects.count, $0.isWalked) }
      var objects: [LocatedObject] = []
      objects.reserveCapacity(count)
      for number in 0..<count {
        if number % Self.descriptorBatch == 0 {
          try holdDescriptors(number..<min(number + Self.descriptorBatch, count))
        }
        objects.append(try locate(number, in: source))
        // The index was wrong, and so may be what it said before.
        if !wasWalked && state.withLock({ $0.isWalked }) { return try allObjects() }
      }
      return objects
    }
  }

  public func digests() throws(TensogramError) -> [UInt64?] {
    _ = try allObjects()
    return state.withLock { $0.layout.objects.map(\.frame.digest) }
  }

  public func wholeMessage() throws(TensogramError) -> (MessageReader, [LocatedObject]) {
    try locating(message: index) { () throws(TensogramError) in
      let planned = try PlannedSource(source, [range])
      let reader = try MessageReader(planned, at: range.lowerBound)
      var objects: [LocatedObject] = []
      for number in 0..<reader.objectCount { objects.append(try reader.located(number)) }
      return (reader, objects)
    }
  }

  public func wholeObject(
    _ index: Int, verifyingHash: Bool
  ) throws(TensogramError) -> (MessageReader, LocatedObject) {
    try locating(message: self.index) { () throws(TensogramError) in
      if let known = try known(index) { return (try reader(of: .all(verifyingHash: verifyingHash), in: known), known) }
      let frame = state.withLock { $0.layout.objects[index].frame.range }
      guard frame.count <= RequestPlan.largestBatch else {
        let object = try object(index)
        return (try reader(of: .all(verifyingHash: verifyingHash), in: object), object)
      }
      let planned = try PlannedSource(source, [frame])
      let object = try locate(index, in: planned)
      return (MessageReader(planned, layout: state.withLock { $0.layout }), object)
    }
  }

  public func reader(of part: ObjectPart, in object: LocatedObject) throws(TensogramError) -> MessageReader {
    try locating(message: index, object: object.index) { () throws(TensogramError) in
      let layout = state.withLock { $0.layout }
      var plan = try Pipeline(object.descriptor).payloadRanges(of: part, in: object)
      if case .all(verifyingHash: true) = part { plan = [layout.objects[object.index].frame.range] }
      if plan.isEmpty { return MessageReader(source, layout: layout) }
      return MessageReader(try PlannedSource(source, plan), layout: layout)
    }
  }

  // MARK: Batches

  /// The frame of object `index`, or what is thought to be that.
  func frame(of index: Int) throws(TensogramError) -> Range<Int> {
    try locating(message: self.index) { () throws(TensogramError) in
      _ = try known(index)
      return state.withLock { $0.layout.objects[index].frame.range }
    }
  }

  /// What has to be read to locate object `index`; nothing where that was done.
  func descriptorPlaces(of index: Int) throws(TensogramError) -> [Range<Int>] {
    try locating(message: self.index) { () throws(TensogramError) in
      try known(index) == nil ? descriptorPlaces(index) : []
    }
  }

  /// Object `index` by what `planned` has of it, and a reader of that.
  func object(
    _ index: Int, in planned: PlannedSource
  ) throws(TensogramError) -> (MessageReader, LocatedObject) {
    try locating(message: self.index) { () throws(TensogramError) in
      let object = try locate(index, in: planned)
      return (MessageReader(planned, layout: state.withLock { $0.layout }), object)
    }
  }

  // MARK: Frames

  /// Object `index` if it was located before; an object error where there is no such object.
  private func known(_ index: Int) throws(TensogramError) -> LocatedObject? {
    let (count, known) = state.withLock { ($0.layout.objects.count, $0.located[index]) }
    guard (0..<count).contains(index) else {
      throw .object("object index \(index) out of range (num_objects=\(count))")
    }
    return known
  }

  private func holdDescriptors(_ objects: Range<Int>) throws(TensogramError) {
    var places: [Range<Int>] = []
    for number in objects where try known(number) == nil { places += descriptorPlaces(number) }
    try source.hold(places)
  }

  /// What has to be read to know object `index`, which is there.
  private func descriptorPlaces(_ index: Int) -> [Range<Int>] {
    let (object, isWalked) = state.withLock { ($0.layout.objects[index], $0.isWalked) }
    let frame = object.frame.range
    if isWalked && object.descriptorIsLast {
      return [max(object.descriptorStart, frame.upperBound - Self.smallFrame)..<frame.upperBound]
    }
    if frame.count <= Self.smallFrame { return [frame] }
    return [
      frame.lowerBound..<frame.lowerBound + FrameHeader.size, frame.upperBound - Self.frameEnd..<frame.upperBound,
    ]
  }

  /// Object `index`, its descriptor read from `bytes`, the source or a part of it, if it was not before.
  private func locate(_ index: Int, in bytes: any ByteSource) throws(TensogramError) -> LocatedObject {
    if let known = try known(index) { return known }
    let (layout, isWalked) = state.withLock { ($0.layout, $0.isWalked) }
    if !isWalked {
      let found = try Self.ifSound { () throws(TensogramError) in try indexedObject(layout, index, in: bytes) }
      if let (frame, object) = found {
        state.withLock { state in
          if state.isWalked { return }
          state.layout.objects[index] = frame
          state.located[index] = object
        }
      } else {
        let walked = try MessageLayout(of: source, at: range.lowerBound)
        state.withLock { if !$0.isWalked { $0 = State(layout: walked, isWalked: true) } }
      }
    }
    if let known = try known(index) { return known }
    let object = try MessageReader(bytes, layout: state.withLock { $0.layout }).located(index)
    state.withLock { $0.located[index] = object }
    return object
  }

  /// Object `index` where the index has it; `nil` where something else stands there, or another object by what metadata
  /// and list of hashes say.
  private func indexedObject(
    _ layout: MessageLayout, _ index: Int, in bytes: any ByteSource
  ) throws(TensogramError) -> (MessageLayout.ObjectFrame, LocatedObject)? {
    let place = layout.objects[index].frame.range
    var walker = try FrameWalker(bytes, at: range.lowerBound)
    let (frame, descriptor) = try walker.frame(at: place.lowerBound)
    guard frame.type == .dataObject, frame.range == place else { return nil }
    if let listed, let digest = frame.digest {
      guard listed.count == layout.objects.count, listed[index] == String(hexDigest: digest) else { return nil }
    }
    var read = layout
    read.objects[index] = MessageLayout.ObjectFrame(
      frame: frame, descriptorStart: descriptor.start, descriptorIsLast: descriptor.isLast, preceder: nil)
    let object = try MessageReader(bytes, layout: read).located(index)
    let said = metadata.base[index][Metadata.reservedKey]?.map?["tensor"]?.map
    if let shape = said?["shape"], shape != .array(object.descriptor.shape.extents.map { .unsigned(UInt64($0)) }) {
      return nil
    }
    if let dtype = said?["dtype"], dtype != .text(object.descriptor.dtype.rawValue) { return nil }
    return (read.objects[index], object)
  }
}
