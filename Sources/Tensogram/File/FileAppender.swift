import Glibc

/// Writing at the end of files.
enum FileAppender {
  /// Creates the file, with the folders that lead to it, or empties the one that is there.
  static func create(_ path: String) throws(TensogramError) {
    try makeFolders(to: path)
    let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw .system("cannot create", path) }
    close(descriptor)
  }

  /// Appends `bytes` to the file at `path`, alone among appenders that take its lock; on an error the file is cut back.
  static func append(_ bytes: RawSpan, to path: String) throws(TensogramError) {
    let descriptor = unsafe open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw .system("cannot write", path) }
    defer { close(descriptor) }
    // File systems without locks append all the same.
    _ = flock(descriptor, LOCK_EX)
    let end = lseek(descriptor, 0, SEEK_END)
    guard end >= 0 else { throw .system("cannot write", path) }
    if let code = write(bytes, to: descriptor) {
      ftruncate(descriptor, end)
      throw .system("cannot write", path, code: code)
    }
  }

  /// Writes all of `bytes`; returns the error number where that fails.
  static func write(_ bytes: RawSpan, to descriptor: Int32) -> Int32? {
    unsafe bytes.withUnsafeBytes { bytes -> Int32? in
      var done = 0
      while done < bytes.count {
        // Writes the rest of the span.
        let count = unsafe Glibc.write(descriptor, bytes.baseAddress! + done, bytes.count - done)
        if count < 0 && errno == EINTR { continue }
        if count < 0 { return errno }
        done += count
      }
      return nil
    }
  }

  private static func makeFolders(to path: String) throws(TensogramError) {
    var position = path.startIndex
    while let slash = path[position...].firstIndex(of: "/") {
      let folder = String(path[..<slash])
      if !folder.isEmpty, unsafe mkdir(folder, 0o777) != 0, errno != EEXIST, errno != EROFS, errno != EACCES {
        throw .system("cannot create the folder", folder)
      }
      position = path.index(after: slash)
    }
  }
}
