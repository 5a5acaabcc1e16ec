import Glibc

/// A local file, read at given positions (`pread`), by any number of threads at once.
///
/// Nothing is mapped, so a file cut short under a reader is an error, never a signal. See ``map(_:)`` for the one
/// exception.
public final class FileSource: ByteSource {
  public let path: String
  private let descriptor: Int32

  /// Opens for reading; a directory is a system error at once.
  public init(path: String) throws(TensogramError) {
    let descriptor = unsafe Glibc.open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .system("cannot open", path) }
    self.path = path
    self.descriptor = descriptor
    if try status().isDirectory {
      throw .system("cannot open", path, code: EISDIR)
    }
  }

  deinit { close(descriptor) }

  public func count() throws(TensogramError) -> Int { try status().size }

  /// Size and identity of the open file, whatever stands at its path now.
  public func status() throws(TensogramError) -> FileStatus {
    var raw = stat()
    guard unsafe fstat(descriptor, &raw) == 0 else { throw .system("cannot inspect", path) }
    return FileStatus(raw)
  }

  public func read(at offset: Int, into destination: inout MutableRawSpan) throws(TensogramError) {
    let wanted = destination.byteCount
    let read = unsafe destination.withUnsafeMutableBytes { bytes -> Int in
      var done = 0
      while done < wanted {
        // Reads into the part of the caller's span that is still to be filled.
        let count = unsafe pread(descriptor, bytes.baseAddress! + done, wanted - done, off_t(offset + done))
        if count < 0 && errno == EINTR { continue }
        if count <= 0 { return count < 0 ? -1 : done }
        done += count
      }
      return done
    }
    if read < 0 { throw .system("cannot read", path) }
    if read < wanted {
      throw TensogramError(
        .system(code: EIO),
        "'\(path)' ends at byte \(offset + read), \(wanted) bytes were wanted from byte \(offset) on: it was cut short "
          + "while it was open")
    }
  }

  /// A read-only mapping of `range`.
  ///
  /// If another process cuts the file short while the mapping lives, touching the missing pages ends this process with
  /// SIGBUS; no reader can prevent that. Overwriting in place shows through. Only for callers who ask for a view.
  public func map(_ range: Range<Int>) throws(TensogramError) -> MappedBytes {
    guard range.upperBound <= (try count()) else {
      throw TensogramError(
        .system(code: EIO), "'\(path)' is shorter than \(range.upperBound) bytes: it was cut short while it was open")
    }
    let pageSize = Int(sysconf(Int32(_SC_PAGESIZE)))
    let start = range.lowerBound / pageSize * pageSize
    let length = max(range.upperBound - start, 1)
    let base = unsafe mmap(nil, length, PROT_READ, MAP_SHARED, descriptor, off_t(start))
    guard let base = unsafe base, unsafe base != MAP_FAILED else { throw .system("cannot map", path) }
    return unsafe MappedBytes(base: base, length: length, offset: range.lowerBound - start, count: range.count)
  }
}

/// A mapping of a part of a file, unmapped when the last reference goes.
@safe public final class MappedBytes: @unchecked Sendable {
  private let base: UnsafeMutableRawPointer
  private let length: Int
  /// The bytes that were asked for.
  public let memory: UnsafeRawBufferPointer

  fileprivate init(base: UnsafeMutableRawPointer, length: Int, offset: Int, count: Int) {
    unsafe self.base = unsafe base
    self.length = length
    unsafe memory = unsafe UnsafeRawBufferPointer(start: base + offset, count: count)
  }

  deinit { unsafe munmap(base, length) }
}

/// What tells one file from another, and a changed file from an unchanged one.
public struct FileStatus: Equatable, Sendable {
  public var device: UInt64
  public var inode: UInt64
  public var size: Int
  /// Time of the last change of content, nanoseconds.
  public var modified: Int
  public var isDirectory: Bool

  init(_ raw: stat) {
    device = UInt64(raw.st_dev)
    inode = UInt64(raw.st_ino)
    size = Int(raw.st_size)
    modified = Int(raw.st_mtim.tv_sec) &* 1_000_000_000 &+ Int(raw.st_mtim.tv_nsec)
    isDirectory = raw.st_mode & S_IFMT == S_IFDIR
  }

  /// Of the file that stands at `path` now.
  public init(path: String) throws(TensogramError) {
    var raw = stat()
    guard unsafe stat(path, &raw) == 0 else { throw .system("cannot read", path) }
    self.init(raw)
  }

  /// Whether both are of the same file, changed or not.
  public func isSameFile(as other: FileStatus) -> Bool { device == other.device && inode == other.inode }
}

extension TensogramError {
  /// The error that the last system call left in `errno`.
  static func system(_ action: String, _ path: String, code: Int32 = errno) -> TensogramError {
    let reason = unsafe String(cString: strerror(code))
    return TensogramError(.system(code: code), "\(action) '\(path)': \(reason)").at(file: path)
  }
}
