import CPython
import Glibc
import Tensogram

/// A message to encode, as the arguments of `encode` and `append` give it; holds on to the data.
struct OutputMessage: ~Copyable {
  private let encoder: MessageEncoder
  private let inputs: [ArrayInput]
  private let maximumSize: Int

  init(_ arguments: borrowing Arguments) throws(PythonError) {
    let metadata = try Metadata(arguments.required(0))
    let options = try EncodeOptions(arguments)
    var inputs: [ArrayInput] = []
    var objects: [DataObject] = []
    try arguments.required(1).forEachItem { pair throws(PythonError) in
      let index = objects.count
      do throws(PythonError) {
        let (descriptor, input) = try Self.object(pair)
        inputs.append(input)
        objects.append(
          unsafe DataObject(
            descriptor, data: UnsafeRawBufferPointer(input.view.memory), order: input.byteOrder ?? descriptor.byteOrder)
        )
      } catch {
        throw error.inObject(index)
      }
    }
    let encoder = try core { () throws(TensogramError) in try MessageEncoder(metadata, objects, options: options) }
    maximumSize = try core { () throws(TensogramError) in try encoder.maximumSize() }
    self.encoder = encoder
    self.inputs = inputs
  }

  private static func object(
    _ pair: borrowing PythonObject
  ) throws(PythonError) -> (DataObjectDescriptor, ArrayInput) {
    guard pair.isTuple, try pair.count() == 2 else {
      throw .value("an object must be a (descriptor, data) tuple, not \(pair.typeName)")
    }
    let descriptor = try DataObjectDescriptor(pair.tupleItem(0))
    return (descriptor, try ArrayInput(pair.tupleItem(1), for: descriptor))
  }

  /// The message as Python bytes, made in place.
  func bytes() throws(PythonError) -> PythonObject {
    unsafe try .bytes(maximumSize: maximumSize) { (memory) throws(PythonError) in try encode(into: memory) }
  }

  /// Hands the encoded message to `body`, which runs without the GIL.
  func withBytes(_ body: (RawSpan) throws(TensogramError) -> Void) throws(PythonError) {
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: maximumSize, alignment: 64)
    defer { unsafe memory.deallocate() }
    let size = try encode(into: memory)
    try releasingGIL(work: .max) { () throws(TensogramError) in
      // As many as were just written.
      try body(unsafe RawSpan(_unsafeStart: memory.baseAddress!, byteCount: size))
    }
  }

  @safe private func encode(into memory: UnsafeMutableRawBufferPointer) throws(PythonError) -> Int {
    HugePages.advise(memory)
    return try releasingGIL(work: maximumSize) { () throws(TensogramError) in
      var output = unsafe OutputRawSpan(buffer: memory, initializedCount: 0)
      try encoder.encode(into: &output)
      return unsafe output.finalize(for: memory)
    }
  }
}

/// Large pages for memory that is about to be filled: one page fault for 2 MiB instead of 512.
enum HugePages {
  private static let smallestSize = 4 << 20
  private static let pageSize = 2 << 20

  /// Asks for them inside of `memory` where it is large; a hint that may be of no effect.
  @safe static func advise(_ memory: UnsafeMutableRawBufferPointer) {
    guard memory.count >= smallestSize, let base = memory.baseAddress else { return }
    let start = unsafe base.alignedUp(toMultipleOf: pageSize)
    let end = unsafe (base + memory.count).alignedDown(toMultipleOf: pageSize)
    if unsafe start < end { unsafe madvise(start, end - start, MADV_HUGEPAGE) }
  }
}

extension EncodeOptions {
  /// The options from place 2 on, see ``EncodeFunctions/parameters``.
  fileprivate init(_ arguments: borrowing Arguments) throws(PythonError) {
    let isHashed = try Self.isHashed(arguments, 2)
    let workers = try arguments.workers(3)
    _ = try arguments.flag(4, default: false)
    _ = try arguments.flag(5, default: false)
    for place in 6...8 { try Self.checkMaskMethod(arguments, place) }
    _ = try arguments.optionalSize(9)
    self.init(isHashed: isHashed, hashDirectory: try Self.hashDirectory(arguments, 10), workers: workers)
  }

  /// `hash`: xxh3, or None or none for no hashes.
  private static func isHashed(_ arguments: borrowing Arguments, _ place: Int) throws(PythonError) -> Bool {
    guard arguments[place] != nil else { return true }
    switch try arguments.optionalText(place) {
    case nil, "none": return false
    case "xxh3": return true
    case let name?: throw .value("unknown hash type: '\(name)', not one of xxh3, none")
    }
  }

  private static func hashDirectory(
    _ arguments: borrowing Arguments, _ place: Int
  ) throws(PythonError) -> HashDirectory {
    switch try arguments.optionalText(place) {
    case nil, "auto", "header": return .header
    case "none": return .none
    case "footer": return .footer
    case "both": return .both
    case let name?:
      throw .value(
        "EncodingError: unknown aggregate_hash policy: '\(name)', not one of auto, none, header, footer, both")
    }
  }

  private static let maskMethods = ["none", "rle", "roaring", "lz4", "zstd", "blosc2"]

  private static func checkMaskMethod(_ arguments: borrowing Arguments, _ place: Int) throws(PythonError) {
    guard let name = try arguments.optionalText(place), !maskMethods.contains(name) else { return }
    let known = maskMethods.map { "\"\($0)\"" }.joined(separator: ", ")
    throw .value("EncodingError: unknown mask method: '\(name)', not one of \(known)")
  }
}
