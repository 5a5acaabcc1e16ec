import CXXHash

/// XXH3-64 with seed 0, the format's only hash (libxxhash; https://xxhash.com).
public enum XXH3 {
  /// The digest of `bytes`.
  public static func hash(_ bytes: RawSpan) -> UInt64 {
    unsafe bytes.withUnsafeBytes { bytes in
      // The library reads exactly the span.
      unsafe XXH3_64bits(bytes.baseAddress, bytes.count)
    }
  }

  /// A digest of bytes that come piece by piece.
  @safe final class Stream {
    private let state: OpaquePointer

    init() {
      // Allocation of 576 bytes; there is nothing sensible to do where even that fails.
      unsafe state = XXH3_createState()!
      unsafe XXH3_64bits_reset(state)
    }

    deinit { unsafe XXH3_freeState(state) }

    func update(_ bytes: RawSpan) {
      unsafe bytes.withUnsafeBytes { bytes in
        // The library reads exactly the span.
        _ = unsafe XXH3_64bits_update(state, bytes.baseAddress, bytes.count)
      }
    }

    var digest: UInt64 { unsafe XXH3_64bits_digest(state) }
  }
}
