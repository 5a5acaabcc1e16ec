import Tensogram

/// An object of a message in a file, or a part of one. Read without locks, straight to where it is wanted.
struct StoredObject: Operation {
  let file: any MessageFile
  let message: Int
  let object: Int
  /// Of the object.
  let selection: Region
  let objectShape: [Int]
  /// Whether parts are decoded from parts of the payload; else everything is decoded for any part.
  let supportsRanges: Bool
  let options: DecodeOptions

  let name = "file"

  func units(of node: Node) -> ChunkGrid? { supportsRanges ? nil : ChunkGrid(whole: node.shape) }

  func recipe(for region: Region, of node: Node) -> Recipe { .evaluate([]) }

  func evaluate(
    _ region: Region, of node: Node, from inputs: [Tensor], in worker: Worker, into destination: Tensor?
  ) throws -> Tensor {
    let wanted = Region(zip(selection.axes, region.axes).map { $0.selecting($1) })
    let whole = Region(all: objectShape)
    if wanted == whole { return try read(nil, node.elementType, objectShape, worker, destination) }
    if supportsRanges { return try read(wanted, node.elementType, region.shape, worker, destination) }
    return try read(nil, node.elementType, objectShape, worker, nil).selecting(wanted)
  }

  /// - Parameter part: of the object; all of it where it is nil.
  private func read(
    _ part: Region?, _ type: ElementType, _ shape: [Int], _ worker: Worker, _ destination: Tensor?
  ) throws -> Tensor {
    let direct = destination.flatMap { $0.isContiguous ? $0 : nil }
    let output = direct ?? worker.tensor(type, shape)
    let message = try file.anyMessage(message)
    // All of the output, which nobody else uses meanwhile.
    var bytes = unsafe MutableRawSpan(_unsafeStart: output.start, byteCount: output.byteCount)
    do throws(TensogramError) {
      let located = try message.object(object)
      guard located.descriptor.shape.extents == objectShape else {
        throw .object("shape \(objectShape) has become \(located.descriptor.shape.extents) since the file was opened")
      }
      if let part {
        let axes = part.axes.map { Selection.Axis(start: $0.start, step: $0.step, count: $0.count) }
        let selection = try Selection(axes, of: located.descriptor.shape)
        let reader = try message.reader(of: .selection(selection), in: located)
        try reader.read(located, selection: selection, into: &bytes, options: options)
      } else {
        let reader = try message.reader(of: .all(verifyingHash: options.verifyHash), in: located)
        try reader.read(located, into: &bytes, options: options)
      }
    } catch {
      throw error.at(file: file.path, message: self.message, object: object)
    }
    return output
  }
}

extension Node {
  /// An object of a message in a file, or a part of one, whose elements are read when they are needed.
  ///
  /// - Parameters:
  ///   - selection: of the object; all of it where it is nil.
  ///   - chunks: of the selection; one block where it is nil.
  ///
  /// Throws a ``Tensogram/TensogramError`` where there is no such object, an ``ArrayError`` where it cannot be an array.
  package static func stored(
    in file: any MessageFile, message index: Int, object: Int, selection: Region? = nil, chunks: ChunkGrid? = nil,
    options: DecodeOptions = DecodeOptions()
  ) throws -> Node {
    let located = try file.anyMessage(index).object(object)
    let shape = located.descriptor.shape.extents
    guard let type = ElementType(located.descriptor.dtype) else {
      throw ArrayError(
        "object \(object) of message \(index) in '\(file.path)' is a bitmask, which has no elements to compute on")
    }
    let whole = Region(all: shape)
    // As a slice it is checked and put into one form.
    let sliced = try memory(Tensor.repeated(type, shape)).sliced(selection ?? whole)
    let part = (sliced.operation as? Slice)?.selection ?? whole
    let grid = chunks ?? ChunkGrid(whole: part.shape)
    try require(grid, for: part.shape)
    let operation = StoredObject(
      file: file, message: index, object: object, selection: part, objectShape: shape,
      supportsRanges: try Pipeline(located.descriptor).supportsRanges && !options.verifyHash, options: options)
    return Node(operation, [], type, grid)
  }
}

extension ElementType {
  /// Nil for a bitmask.
  init?(_ dtype: DType) {
    switch dtype {
    case .float16: self = .float16
    case .bfloat16: self = .bfloat16
    case .float32: self = .float32
    case .float64: self = .float64
    case .complex64: self = .complex64
    case .complex128: self = .complex128
    case .int8: self = .int8
    case .int16: self = .int16
    case .int32: self = .int32
    case .int64: self = .int64
    case .uint8: self = .uint8
    case .uint16: self = .uint16
    case .uint32: self = .uint32
    case .uint64: self = .uint64
    case .bitmask: return nil
    }
  }
}

extension Tensor {
  /// One element, not set, repeated to `shape`.
  static func repeated(_ type: ElementType, _ shape: [Int]) -> Tensor { Tensor(type, []).broadcast(to: shape) }
}
