import Glibc

extension RawSpan {
  /// The first place where the bytes of `pattern` stand; the C library finds the candidates for its first byte.
  func firstOffset(of pattern: StaticString) -> Int? {
    let first = unsafe Int32(pattern.utf8Start[0])
    var position = 0
    while position + pattern.utf8CodeUnitCount <= byteCount {
      let rest = extracting(position..<byteCount)
      let candidate = unsafe rest.withUnsafeBytes { bytes -> Int? in
        // Searches exactly the rest of the span.
        guard let base = bytes.baseAddress, let hit = unsafe memchr(base, first, bytes.count) else { return nil }
        return unsafe UnsafeRawPointer(hit) - base
      }
      guard let candidate else { return nil }
      position += candidate
      if matches(pattern, at: position) { return position }
      position += 1
    }
    return nil
  }
}
