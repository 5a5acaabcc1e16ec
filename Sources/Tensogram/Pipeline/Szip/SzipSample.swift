/// How one sample stands in memory.
protocol SzipSample {
  static var width: Int { get }
  /// Reads as many samples as `samples` has places, their bits above the others 0.
  static func load(_ bytes: RawSpan, into samples: inout MutableSpan<UInt32>)
  /// Writes the low bits of `sample`.
  static func store(_ sample: UInt32, _ bytes: inout MutableRawSpan, _ index: Int)
}

/// A sample of 1, 2 or 4 bytes, lowest byte first.
enum LittleEndianSample<Word: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>: SzipSample {
  static var width: Int { MemoryLayout<Word>.size }

  @inline(__always)
  static func load(_ bytes: RawSpan, into samples: inout MutableSpan<UInt32>) {
    precondition(bytes.byteCount >= samples.count * width)
    for index in samples.indices {
      // Checked once above, so that the compiler does several at once. Any bits are an integer.
      let word = unsafe bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: index &* width, as: Word.self)
      unsafe samples[unchecked: index] = UInt32(truncatingIfNeeded: Word(littleEndian: word))
    }
  }

  @inline(__always)
  static func store(_ sample: UInt32, _ bytes: inout MutableRawSpan, _ index: Int) {
    bytes.storeBytes(
      of: Word(truncatingIfNeeded: sample).littleEndian, toByteOffset: index &* width, as: Word.self)
  }
}

/// A sample of 2 or 4 bytes, highest byte first.
enum BigEndianSample<Word: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>: SzipSample {
  static var width: Int { MemoryLayout<Word>.size }

  @inline(__always)
  static func load(_ bytes: RawSpan, into samples: inout MutableSpan<UInt32>) {
    precondition(bytes.byteCount >= samples.count * width)
    for index in samples.indices {
      // Checked once above, so that the compiler does several at once. Any bits are an integer.
      let word = unsafe bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: index &* width, as: Word.self)
      unsafe samples[unchecked: index] = UInt32(truncatingIfNeeded: Word(bigEndian: word))
    }
  }

  @inline(__always)
  static func store(_ sample: UInt32, _ bytes: inout MutableRawSpan, _ index: Int) {
    bytes.storeBytes(
      of: Word(truncatingIfNeeded: sample).bigEndian, toByteOffset: index &* width, as: Word.self)
  }
}

/// A sample of 3 bytes, lowest byte first.
enum LittleEndianSample24: SzipSample {
  static var width: Int { 3 }

  @inline(__always)
  static func load(_ bytes: RawSpan, into samples: inout MutableSpan<UInt32>) {
    for index in 0..<samples.count &- 1 {
      // The byte behind the sample belongs to the next. Any bits are an integer.
      let word = UInt32(littleEndian: unsafe bytes.unsafeLoadUnaligned(fromByteOffset: 3 &* index, as: UInt32.self))
      samples[index] = word & 0xff_ffff
    }
    let last = samples.count &- 1
    samples[last] =
      UInt32(bytes[3 &* last]) | UInt32(bytes[3 &* last &+ 1]) &<< 8 | UInt32(bytes[3 &* last &+ 2]) &<< 16
  }

  @inline(__always)
  static func store(_ sample: UInt32, _ bytes: inout MutableRawSpan, _ index: Int) {
    bytes.storeBytes(
      of: UInt16(truncatingIfNeeded: sample).littleEndian, toByteOffset: index &* 3, as: UInt16.self)
    bytes.storeBytes(of: UInt8(truncatingIfNeeded: sample &>> 16), toByteOffset: index &* 3 &+ 2, as: UInt8.self)
  }
}

/// A sample of 3 bytes, highest byte first.
enum BigEndianSample24: SzipSample {
  static var width: Int { 3 }

  @inline(__always)
  static func load(_ bytes: RawSpan, into samples: inout MutableSpan<UInt32>) {
    for index in 0..<samples.count &- 1 {
      // The byte behind the sample belongs to the next. Any bits are an integer.
      let word = UInt32(bigEndian: unsafe bytes.unsafeLoadUnaligned(fromByteOffset: 3 &* index, as: UInt32.self))
      samples[index] = word &>> 8
    }
    let last = samples.count &- 1
    samples[last] =
      UInt32(bytes[3 &* last]) &<< 16 | UInt32(bytes[3 &* last &+ 1]) &<< 8 | UInt32(bytes[3 &* last &+ 2])
  }

  @inline(__always)
  static func store(_ sample: UInt32, _ bytes: inout MutableRawSpan, _ index: Int) {
    bytes.storeBytes(
      of: UInt16(truncatingIfNeeded: sample &>> 8).bigEndian, toByteOffset: index &* 3, as: UInt16.self)
    bytes.storeBytes(of: UInt8(truncatingIfNeeded: sample), toByteOffset: index &* 3 &+ 2, as: UInt8.self)
  }
}

/// What is left out.
enum NoSample: SzipSample {
  static var width: Int { 0 }
  static func load(_ bytes: RawSpan, into samples: inout MutableSpan<UInt32>) {}
  static func store(_ sample: UInt32, _ bytes: inout MutableRawSpan, _ index: Int) {}
}
