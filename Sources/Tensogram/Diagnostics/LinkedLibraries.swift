import CBlosc2
import CLZ4
import CXXHash
import CZFP
import CZstd

/// The versions of the libraries that this process has loaded, as they tell them themselves.
public enum LinkedLibraries {
  public static var zstd: String { unsafe String(cString: ZSTD_versionString()) }

  public static var lz4: String { unsafe String(cString: LZ4_versionString()) }

  public static var blosc2: String { unsafe String(cString: blosc2_get_version_string()) }

  /// Four hexadecimal digits: major, minor, patch, tweak.
  public static var zfp: String {
    let version = zfp_library_version
    return "\(version >> 12).\(version >> 8 & 15).\(version >> 4 & 15)"
  }

  /// Decimal digits: major, two of the minor, two of the patch.
  public static var xxhash: String {
    let version = XXH_versionNumber()
    return "\(version / 10_000).\(version / 100 % 100).\(version % 100)"
  }
}
