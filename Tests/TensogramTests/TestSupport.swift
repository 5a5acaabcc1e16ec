import Glibc

@testable import Tensogram

/// Files under `Tests/Fixtures`.
enum Fixture {
  static func path(_ name: String, file: String = #filePath) -> String {
    var parts = file.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    while parts.last != "Tests" { parts.removeLast() }
    return (parts + ["Fixtures", name]).joined(separator: "/")
  }

  static func bytes(_ name: String) throws -> [UInt8] {
    let source = try FileSource(path: path(name))
    return try source.withBytes(0..<source.count()) { (bytes) throws(TensogramError) in
      (0..<bytes.byteCount).map { bytes[$0] }
    }
  }
}

/// A file name in a folder of its own that is removed with everything in it.
final class TemporaryFolder {
  let path: String

  init() {
    var template = Array("/tmp/tensogram-test-XXXXXX".utf8CString)
    path = String(cString: mkdtemp(&template))
  }

  func file(_ name: String) -> String { path + "/" + name }

  deinit {
    if let folder = opendir(path) {
      while let entry = readdir(folder) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) {
          String(cString: UnsafeRawPointer($0).assumingMemoryBound(to: CChar.self))
        }
        if name != "." && name != ".." { unlink(file(name)) }
      }
      closedir(folder)
    }
    rmdir(path)
  }
}

extension MessageReader {
  /// All elements of object `index`, in this machine's byte order.
  func elements<Element: BitwiseCopyable>(
    _ index: Int, as type: Element.Type, verifyHash: Bool = false
  ) throws -> [Element] {
    let object = try located(index)
    try checkClaim(object)
    var buffer = try ScratchBuffer(byteCount: object.descriptor.byteCount)
    try Self.fill(&buffer) { (bytes) throws(TensogramError) in
      try read(object, into: &bytes, options: DecodeOptions(verifyHash: verifyHash))
    }
    return buffer.elements(as: type)
  }

  func elements<Element: BitwiseCopyable>(
    _ index: Int, _ selection: [Selection.Axis], as type: Element.Type
  ) throws -> [Element] {
    let object = try located(index)
    let selection = try Selection(selection, of: object.descriptor.shape)
    var buffer = try ScratchBuffer(byteCount: selection.count * object.descriptor.dtype.width)
    try Self.fill(&buffer) { (bytes) throws(TensogramError) in
      try read(object, selection: selection, into: &bytes)
    }
    return buffer.elements(as: type)
  }

  private static func fill(
    _ buffer: inout ScratchBuffer, _ body: (inout MutableRawSpan) throws(TensogramError) -> Void
  ) throws(TensogramError) {
    var bytes = buffer.mutableBytes
    try body(&bytes)
  }
}

extension ScratchBuffer {
  func elements<Element: BitwiseCopyable>(as type: Element.Type) -> [Element] {
    (0..<count / MemoryLayout<Element>.size).map {
      bytes.unsafeLoadUnaligned(fromByteOffset: $0 * MemoryLayout<Element>.size, as: Element.self)
    }
  }
}

/// Encodes one message from arrays of elements in this machine's byte order.
func encodeMessage<Element: BitwiseCopyable>(
  _ metadata: Metadata = Metadata(), objects: [(DataObjectDescriptor, [Element])],
  options: EncodeOptions = EncodeOptions()
) throws -> [UInt8] {
  let buffers = objects.map { UnsafeMutableBufferPointer<Element>.allocate(capacity: $0.1.count) }
  defer { for buffer in buffers { buffer.deallocate() } }
  var prepared: [DataObject] = []
  for (object, buffer) in zip(objects, buffers) {
    _ = buffer.initialize(from: object.1)
    prepared.append(DataObject(object.0, data: UnsafeRawBufferPointer(buffer)))
  }
  return try MessageEncoder(metadata, prepared, options: options).encode()
}
