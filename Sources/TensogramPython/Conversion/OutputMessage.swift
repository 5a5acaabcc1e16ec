import CPython
import Glibc
import Tensogram

/// A message to encode, as the arguments of `encode` and `append` give it; holds on to the data.
struct OutputMessage: ~Copyable {
  private let encoder: MessageEncoder
  private let inputs: [ObjectInput]
  private let maximumSize: Int

  /// - Parameter content: what the data of all objects is.
  init(
    _ arguments: borrowing Arguments, _ options: EncodeOptions, as content: ObjectInput.Content = .elements
  ) throws(PythonError) {
    let metadata = try Metadata(arguments.required(0))
    var inputs: [ObjectInput] = []
    try arguments.required(1).forEachItem { pair throws(PythonError) in
      do throws(PythonError) {
        inputs.append(try ObjectInput(pair, as: content))
      } catch {
        throw error.inObject(inputs.count)
      }
    }
    let encoder = try core { () throws(TensogramError) in
      try MessageEncoder(metadata, inputs.map(\.object), options: options)
    }
    maximumSize = try core { () throws(TensogramError) in try encoder.maximumSize() }
    self.encoder = encoder
    self.inputs = inputs
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
