/// Where the containers of a serialised Roaring bitmap stand: the portable format of
/// github.com/RoaringBitmap/RoaringFormatSpec, of 32-bit positions.
///
///     let layout = try RoaringLayout(of: blob, bitCount: n)      // all is checked here
///     layout.forEachRun(of: blob, in: 0..<n) { run in … }
///
/// A container has the positions that share their upper 16 bits, its key, as a rising array of 16-bit numbers (up to
/// 4096 of them), as a bitmap of 8 KiB, or as runs.
struct RoaringLayout: Sendable {
  enum Kind: Sendable { case array, bitmap, runs }

  struct Container: Sendable {
    var kind: Kind
    /// Positions before the container's first: 65536 times its key.
    var base: Int
    var bytes: Range<Int>
  }

  let containers: [Container]

  static let noRunsCookie: UInt32 = 12346
  static let runsCookie: UInt32 = 12347
  static let containerLength = 1 << 16
  static let mostArrayEntries = 4096
  static let bitmapSize = 8192
  /// From so many containers on, a bitmap with runs has container offsets; one without runs always has.
  static let offsetThreshold = 4

  /// Checks the whole blob; throws an encoding error unless it is a bitmap of positions below `bitCount` and no more.
  init(of blob: RawSpan, bitCount: Int) throws(TensogramError) {
    var cursor = Cursor(blob)
    let header = try Header(&cursor)
    var containers: [Container] = []
    // Each has 4 bytes in the header.
    containers.reserveCapacity(header.count)
    for index in 0..<header.count {
      let key = Int(cursor.word(header.keys + index * 4))
      let base = key * Self.containerLength
      let cardinality = Int(cursor.word(header.keys + index * 4 + 2)) + 1
      if let last = containers.last, last.base >= base { throw Self.damaged("has keys that do not rise at \(key)") }
      if let offsets = header.offsets, cursor.long(offsets + index * 4) != cursor.position {
        throw Self.damaged("has its container \(index) not at its offset")
      }
      let hasRuns = header.runFlags.map { blob[$0 + index / 8] >> UInt8(index % 8) & 1 == 1 } ?? false
      let last =
        if hasRuns {
          try Self.checkRuns(&cursor, cardinality)
        } else if cardinality <= Self.mostArrayEntries {
          try Self.checkArray(&cursor, cardinality)
        } else {
          try Self.checkBitmap(&cursor, cardinality)
        }
      guard base + last.position < bitCount else {
        throw Self.damaged("has position \(base + last.position) but the mask has \(bitCount) bits")
      }
      containers.append(Container(kind: last.kind, base: base, bytes: last.bytes))
    }
    guard cursor.position == blob.byteCount else {
      throw Self.damaged("ends at byte \(cursor.position) of \(blob.byteCount)")
    }
    self.containers = containers
  }

  private struct Header {
    var count: Int
    /// Offsets of: a bit for each container with runs; key and cardinality − 1 of each; offset of each.
    var runFlags: Int?
    var keys: Int
    var offsets: Int?

    init(_ cursor: inout Cursor) throws(TensogramError) {
      let cookie = UInt32(cursor.long(try cursor.take(4, "its cookie")))
      if cookie == noRunsCookie {
        count = cursor.long(try cursor.take(4, "its container count"))
      } else if cookie & 0xffff == runsCookie {
        count = Int(cookie >> 16) + 1
        runFlags = try cursor.take((count + 7) / 8, "its run flags")
      } else {
        throw damaged("starts with cookie \(cookie)")
      }
      guard count <= containerLength else { throw damaged("has \(count) containers, more than 65536") }
      keys = try cursor.take(count * 4, "its keys")
      if runFlags == nil || count >= offsetThreshold { offsets = try cursor.take(count * 4, "its container offsets") }
    }
  }

  /// A checked container: what it is, where, and its last position.
  private typealias Checked = (kind: Kind, bytes: Range<Int>, position: Int)

  private static func checkArray(_ cursor: inout Cursor, _ cardinality: Int) throws(TensogramError) -> Checked {
    let start = try cursor.take(cardinality * 2, "an array")
    var last = -1
    for offset in stride(from: start, to: cursor.position, by: 2) {
      let position = Int(cursor.word(offset))
      guard position > last else { throw damaged("has an array that does not rise at byte \(offset)") }
      last = position
    }
    return (.array, start..<cursor.position, last)
  }

  private static func checkBitmap(_ cursor: inout Cursor, _ cardinality: Int) throws(TensogramError) -> Checked {
    let start = try cursor.take(bitmapSize, "a bitmap")
    var found = 0
    var last = 0
    for offset in stride(from: start, to: cursor.position, by: 8) {
      let word = RoaringLayout.bitmapWord(of: cursor.blob, at: offset)
      if word != 0 { last = (offset - start) * 8 + 63 - word.trailingZeroBitCount }
      found += word.nonzeroBitCount
    }
    guard found == cardinality else { throw damaged("has a bitmap of \(found) positions that claims \(cardinality)") }
    return (.bitmap, start..<cursor.position, last)
  }

  private static func checkRuns(_ cursor: inout Cursor, _ cardinality: Int) throws(TensogramError) -> Checked {
    let count = Int(cursor.word(try cursor.take(2, "a run count")))
    let start = try cursor.take(count * 4, "runs")
    var found = 0
    var last = -1
    for offset in stride(from: start, to: cursor.position, by: 4) {
      let first = Int(cursor.word(offset))
      guard first > last else { throw damaged("has runs that overlap at byte \(offset)") }
      last = first + Int(cursor.word(offset + 2))
      guard last < containerLength else { throw damaged("has a run beyond its container at byte \(offset)") }
      found += last - first + 1
    }
    guard found == cardinality else { throw damaged("has runs of \(found) positions that claim \(cardinality)") }
    return (.runs, start..<cursor.position, last)
  }

  private static func damaged(_ what: String) -> TensogramError { .encoding("roaring bitmask \(what)") }

  /// Reads little-endian numbers, and takes bytes that are known to be there.
  private struct Cursor: ~Escapable {
    let blob: RawSpan
    var position = 0

    @_lifetime(copy blob)
    init(_ blob: RawSpan) { self.blob = blob }

    /// The offset of the next `count` bytes.
    mutating func take(_ count: Int, _ what: String) throws(TensogramError) -> Int {
      guard count <= blob.byteCount - position else { throw damaged("ends within \(what)") }
      defer { position += count }
      return position
    }

    func word(_ offset: Int) -> UInt16 { RoaringLayout.word(of: blob, at: offset) }

    func long(_ offset: Int) -> Int {
      // Any bit pattern is an integer.
      Int(UInt32(littleEndian: unsafe blob.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self)))
    }
  }
}

extension RoaringLayout {
  /// Calls `body` with runs of positions within `range`, in rising order; `blob` is the one this is the layout of.
  @inline(__always)
  func forEachRun(of blob: RawSpan, in range: Range<Int>, _ body: (Range<Int>) -> Void) {
    for container in containers[firstContainer(from: range.lowerBound)...] {
      if container.base >= range.upperBound { return }
      Self.forEachRun(of: blob, container) { run in
        let clamped = run.clamped(to: range)
        if !clamped.isEmpty { body(clamped) }
      }
    }
  }

  /// The index of the first container that has positions not below `position`.
  private func firstContainer(from position: Int) -> Int {
    var (low, high) = (0, containers.count)
    while low < high {
      let middle = (low + high) / 2
      if containers[middle].base + Self.containerLength <= position { low = middle + 1 } else { high = middle }
    }
    return low
  }

  @inline(__always)
  private static func forEachRun(of blob: RawSpan, _ container: Container, _ body: (Range<Int>) -> Void) {
    switch container.kind {
    case .array:
      var run = 0..<0
      for offset in stride(from: container.bytes.lowerBound, to: container.bytes.upperBound, by: 2) {
        let position = container.base + Int(word(of: blob, at: offset))
        if position != run.upperBound {
          if !run.isEmpty { body(run) }
          run = position..<position
        }
        run = run.lowerBound..<position + 1
      }
      body(run)
    case .runs:
      for offset in stride(from: container.bytes.lowerBound, to: container.bytes.upperBound, by: 4) {
        let first = container.base + Int(word(of: blob, at: offset))
        body(first..<first + Int(word(of: blob, at: offset + 2)) + 1)
      }
    case .bitmap:
      var scanner = RunScanner()
      for index in 0..<bitmapSize / 8 {
        let word = bitmapWord(of: blob, at: container.bytes.lowerBound + index * 8)
        scanner.scan(word, at: container.base + index * 64, body)
      }
      scanner.finish(at: container.base + containerLength, body)
    }
  }

  @inline(__always)
  fileprivate static func word(of blob: RawSpan, at offset: Int) -> UInt16 {
    // Any bit pattern is an integer.
    UInt16(littleEndian: unsafe blob.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt16.self))
  }

  /// 64 bits of a bitmap, the first most significant; stored they are little-endian, the first least significant.
  @inline(__always)
  fileprivate static func bitmapWord(of blob: RawSpan, at offset: Int) -> UInt64 {
    // Any bit pattern is an integer.
    UInt64(littleEndian: unsafe blob.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self)).bitReversed
  }
}

extension UInt64 {
  /// The same bits in the opposite order.
  @inline(__always)
  var bitReversed: UInt64 {
    var bits = byteSwapped
    bits = bits >> 4 & 0x0f0f_0f0f_0f0f_0f0f | (bits & 0x0f0f_0f0f_0f0f_0f0f) << 4
    bits = bits >> 2 & 0x3333_3333_3333_3333 | (bits & 0x3333_3333_3333_3333) << 2
    return bits >> 1 & 0x5555_5555_5555_5555 | (bits & 0x5555_5555_5555_5555) << 1
  }
}
