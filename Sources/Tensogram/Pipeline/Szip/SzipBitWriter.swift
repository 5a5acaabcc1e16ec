/// Writes bits, most significant first, to the start of a span.
struct SzipBitWriter: ~Copyable, ~Escapable {
  private var bytes: MutableRawSpan
  /// Whole bytes that are written.
  private var byteCount = 0
  /// The bits after those, from the highest downwards, then zeros.
  private var pending: UInt64 = 0
  /// How many they are, at most 7 between calls.
  private var pendingCount = 0

  /// Writes to `bytes`, which must have ``margin`` bytes more than will be written.
  @_lifetime(&bytes)
  init(_ bytes: inout MutableRawSpan) { self.bytes = bytes._mutatingExtracting(...) }

  /// Bytes behind the last bit that may be overwritten.
  static let margin = 8
  /// The most bits of one ``append(_:width:)``.
  static let longest = 56

  /// In bits from the start of the span.
  var position: Int { byteCount * 8 + pendingCount }

  /// Appends the low `width` bits of `value`, up to ``longest``; its other bits must be zeros.
  @inline(__always)
  mutating func append(_ value: UInt64, width: Int) {
    pendingCount &+= width
    pending |= value &<< UInt64(truncatingIfNeeded: 64 &- pendingCount)
    bytes.storeBytes(of: pending.bigEndian, toByteOffset: byteCount, as: UInt64.self)
    let whole = pendingCount &>> 3
    byteCount &+= whole
    pending &<<= UInt64(truncatingIfNeeded: whole &* 8)
    pendingCount &= 7
  }

  /// Appends `length` zeros and a one.
  mutating func appendFundamentalSequence(_ length: Int) {
    var left = length
    while left >= Self.longest {
      append(0, width: Self.longest)
      left -= Self.longest
    }
    append(1, width: left + 1)
  }

  /// Fills the last byte with zeros.
  mutating func padToByte() {
    if pendingCount > 0 { append(0, width: 8 - pendingCount) }
  }
}

// MARK: Groups of values

extension SzipBitWriter {
  /// Appends the fundamental sequences of `values` without their `width` lowest bits; `total` is how many bits they take.
  @inline(__always)
  mutating func appendFundamentalSequences(of values: Span<UInt32>, droppingBits width: Int, total: Int) {
    let shift = UInt32(truncatingIfNeeded: width)
    var word: UInt64 = 0
    if total <= Self.longest {
      for index in values.indices {
        word = (word &<< UInt64(values[index] &>> shift &+ 1)) | 1
      }
      append(word, width: total)
      return
    }
    var count = 0
    for index in values.indices {
      let length = Int(values[index] &>> shift) &+ 1
      if count &+ length > Self.longest {
        append(word, width: count)
        word = 0
        count = 0
        if length > Self.longest {
          appendFundamentalSequence(length &- 1)
          continue
        }
      }
      word = (word &<< UInt64(truncatingIfNeeded: length)) | 1
      count &+= length
    }
    append(word, width: count)
  }

  /// Appends the `width` lowest bits, 1 to 32, of each value.
  @inline(__always)
  mutating func appendFields(of values: Span<UInt32>, width: Int) {
    if width <= Self.longest / 4 {
      appendFields(of: values, width: width, perWord: 4)
    } else if width <= Self.longest / 2 {
      appendFields(of: values, width: width, perWord: 2)
    } else {
      appendFields(of: values, width: width, perWord: 1)
    }
  }

  @inline(__always)
  private mutating func appendFields(of values: Span<UInt32>, width: Int, perWord: Int) {
    let mask = UInt32.max &>> UInt32(truncatingIfNeeded: 32 &- width)
    let shift = UInt64(truncatingIfNeeded: width)
    var index = 0
    while index &+ perWord <= values.count {
      let group = values.extracting(index..<index &+ perWord)
      var word: UInt64 = 0
      for place in 0..<perWord { word = (word &<< shift) | UInt64(group[place] & mask) }
      append(word, width: perWord &* width)
      index &+= perWord
    }
    while index < values.count {
      append(UInt64(values[index] & mask), width: width)
      index &+= 1
    }
  }
}
