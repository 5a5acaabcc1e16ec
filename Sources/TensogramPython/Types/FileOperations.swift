import CPython
import Tensogram

/// What is still to do when the arguments of a call are taken: called at once, or by a thread of an event loop.
typealias Operation = () throws(PythonError) -> PythonObject

/// What `TensogramFile` and `AsyncTensogramFile` have in common: reading messages, whole or in part. Each function takes
/// the arguments, and raises what is wrong with them, before anything is read.
enum FileOperations {
  /// `messages()`
  static func messages(_ handle: FileHandle) -> Operation {
    { () throws(PythonError) in
      try .list(count: handle.count()) { (index) throws(PythonError) in try handle.bytes(index) }
    }
  }

  /// `read_message(index)`
  static func readMessage(_ handle: FileHandle, _ arguments: borrowing Arguments) throws(PythonError) -> Operation {
    let index = try arguments.index(0)
    return { () throws(PythonError) in try handle.bytes(index) }
  }

  /// `file_decode_metadata(msg_index)`
  static func metadata(_ handle: FileHandle, _ arguments: borrowing Arguments) throws(PythonError) -> Operation {
    let index = try arguments.index(0)
    return { () throws(PythonError) in try MetadataType.wrap(handle.message(index).metadata) }
  }

  /// `file_decode_descriptors(msg_index)`
  static func descriptors(_ handle: FileHandle, _ arguments: borrowing Arguments) throws(PythonError) -> Operation {
    let index = try arguments.index(0)
    return { () throws(PythonError) in
      let message = try handle.message(index)
      let objects = try handle.asking { () throws(TensogramError) in try message.allObjects() }
      let result = try PythonObject.dict()
      try result.setItem(Name.metadata, MetadataType.wrap(message.metadata))
      try result.setItem(Name.descriptors, DescriptorType.list(objects.map(\.descriptor)))
      return result
    }
  }

  /// `object_hashes(msg_index)`
  static func hashes(_ handle: FileHandle, _ arguments: borrowing Arguments) throws(PythonError) -> Operation {
    let index = try arguments.index(0)
    return { () throws(PythonError) in
      let message = try handle.message(index)
      let digests = try handle.asking { () throws(TensogramError) in try message.digests() }
      return try .list(count: digests.count) { (index) throws(PythonError) in
        guard let digest = digests[index] else { return .none }
        return try PythonObject(text: String(hexDigest: digest))
      }
    }
  }

  /// `decode_message(index, …)`
  static func message(
    _ handle: FileHandle, _ arguments: borrowing Arguments, _ options: ReadOptions
  ) throws(PythonError) -> Operation {
    let index = try arguments.index(0)
    return { () throws(PythonError) in try handle.decodedMessage(index, options) }
  }

  /// `file_decode_object(msg_index, obj_index, …)`
  static func object(_ handle: FileHandle, _ arguments: borrowing Arguments) throws(PythonError) -> Operation {
    let (messageIndex, index) = (try arguments.index(0), try arguments.index(1))
    let options = try ReadOptions(
      arguments, nativeByteOrder: 2, threads: 3, restoreNonFinite: 6, verifyHash: 4, copy: 5)
    return { () throws(PythonError) in
      let message = try handle.message(messageIndex)
      let (reader, object) = try handle.asking { () throws(TensogramError) in
        try message.wholeObject(index, verifyingHash: options.options.verifyHash)
      }
      let builder = options.builder(for: message, of: handle)
      try builder.checkMetadata(of: reader)
      return try builder.dict(message.metadata, object, of: reader)
    }
  }

  /// `file_decode_range(msg_index, obj_index, ranges, join, …)`
  static func range(_ handle: FileHandle, _ arguments: borrowing Arguments) throws(PythonError) -> Operation {
    let (messageIndex, index) = (try arguments.index(0), try arguments.index(1))
    let ranges = try arguments.ranges(2)
    let isJoined = try arguments.flag(3, default: false)
    let options = try ReadOptions(arguments, nativeByteOrder: 4, threads: 5, restoreNonFinite: 6)
    return { () throws(PythonError) in
      let message = try handle.message(messageIndex)
      let (reader, object) = try handle.asking { () throws(TensogramError) in
        let object = try message.object(index)
        return (try message.reader(of: .elements(ranges), in: object), object)
      }
      return try options.builder(for: message, of: handle).ranges(ranges, isJoined: isJoined, object, of: reader)
    }
  }

  /// `file_decode_object_batch(msg_indices, obj_index, …)`
  static func objectBatch(_ handle: FileHandle, _ arguments: borrowing Arguments) throws(PythonError) -> Operation {
    let indices = try arguments.indices(0)
    let index = try arguments.index(1)
    let options = try ReadOptions(arguments, nativeByteOrder: 2, threads: 3, verifyHash: 4)
    let part = ObjectPart.all(verifyingHash: options.options.verifyHash)
    return { () throws(PythonError) in
      try handle.batch("file_decode_object_batch", indices, index, part, options) {
        (builder, metadata, object, reader) throws(PythonError) in
        try builder.checkMetadata(of: reader)
        return try builder.dict(metadata, object, of: reader)
      }
    }
  }

  /// `file_decode_range_batch(msg_indices, obj_index, ranges, join, …)`
  static func rangeBatch(_ handle: FileHandle, _ arguments: borrowing Arguments) throws(PythonError) -> Operation {
    let indices = try arguments.indices(0)
    let index = try arguments.index(1)
    let ranges = try arguments.ranges(2)
    let isJoined = try arguments.flag(3, default: false)
    let options = try ReadOptions(arguments, nativeByteOrder: 4, threads: 5)
    return { () throws(PythonError) in
      try handle.batch("file_decode_range_batch", indices, index, .elements(ranges), options) {
        (builder, _, object, reader) throws(PythonError) in
        try builder.ranges(ranges, isJoined: isJoined, object, of: reader)
      }
    }
  }

  /// `prefetch_layouts(msg_indices)`
  static func prefetch(_ handle: FileHandle, _ arguments: borrowing Arguments) throws(PythonError) -> Operation {
    let indices = try arguments.indices(0)
    return { () throws(PythonError) in
      if case .remote(let file, _, _) = handle.origin {
        try handle.reading { () throws(TensogramError) in try file.prefetch(indices) }
      }
      return try .tuple()
    }
  }
}

extension FileHandle {
  /// A list of what `build` makes of object `index` of each message.
  fileprivate func batch(
    _ function: String, _ messages: [Int], _ index: Int, _ part: ObjectPart, _ options: ReadOptions,
    _ build: (MessageBuilder, Metadata, LocatedObject, MessageReader) throws(PythonError) -> PythonObject
  ) throws(PythonError) -> PythonObject {
    let file = try remote(for: function)
    let results = try PythonObject.list()
    try reading { () throws(TensogramError) in
      try file.forEach(messages, object: index, part) { (number, reader, object) throws(TensogramError) in
        let message = try file.message(messages[number])
        try CarriedException.from { () throws(PythonError) in
          let builder = options.builder(for: message, of: self)
          try results.append(build(builder, message.metadata, object, reader))
        }
      }
    }
    return results
  }
}

extension Arguments {
  /// A sequence of message numbers.
  fileprivate func indices(_ place: Int) throws(PythonError) -> [Int] {
    var indices: [Int] = []
    try required(place).forEachItem { index throws(PythonError) in
      indices.append(Int(clamping: try index.unsigned("an item of '\(name(place))'")))
    }
    return indices
  }
}

extension MessageBuilder {
  /// What `file_decode_object` returns.
  func dict(
    _ metadata: Metadata, _ object: LocatedObject, of reader: MessageReader
  ) throws(PythonError) -> PythonObject {
    let result = try PythonObject.dict()
    try result.setItem(Name.metadata, MetadataType.wrap(metadata))
    try result.setItem(Name.descriptor, DescriptorType.wrap(object.descriptor))
    try result.setItem(Name.data, array(object, of: reader))
    return result
  }
}
