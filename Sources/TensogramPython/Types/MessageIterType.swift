import CPython
import Tensogram

/// `tensogram.MessageIter`: decodes the messages in a buffer one by one (contract §14).
enum MessageIterType {
  final class Instance {
    let buffer: PythonObject
    let view: BufferView
    let source: MemorySource
    let ranges: [Range<Int>]
    let verifyHash: Bool
    /// Guarded by the GIL, so that each message goes to one caller.
    var position = 0

    init(_ buffer: Borrowed, verifyHash: Bool) throws(PythonError) {
      let view = try BufferView(buffer)
      ranges = try view.messageRanges()
      // The view holds the memory as long as this object lives.
      source = unsafe MemorySource(memory: UnsafeRawBufferPointer(view.memory), owner: nil)
      self.view = view
      self.buffer = PythonObject(buffer)
      self.verifyHash = verifyHash
    }

    var remaining: Int { ranges.count - position }

    func next() throws(PythonError) -> PythonObject? {
      guard remaining > 0 else { return nil }
      let range = ranges[position]
      position += 1
      var builder = MessageBuilder(.buffer(buffer.borrowed))
      builder.options = try DecodeOptions(verifyHash: verifyHash, workers: ThreadSetting.workers(0))
      builder.messageIndex = position - 1
      let reader = try builder.reading(work: 0) { () throws(TensogramError) in
        try MessageReader(source, at: range.lowerBound)
      }
      try builder.checkMetadata(of: reader)
      let (metadata, objects) = try builder.reading(work: 0) { () throws(TensogramError) in
        (try reader.metadata(), try reader.locatedObjects())
      }
      return try builder.message(reader, metadata, objects)
    }
  }

  static func wrap(_ buffer: Borrowed, verifyHash: Bool) throws(PythonError) -> PythonObject {
    try type.wrap(Instance(buffer, verifyHash: verifyHash))
  }

  static let type: NativeType<Instance> = NativeType(
    "tensogram.MessageIter", "Decodes the messages in a buffer one by one; made by ``iter_messages``.", methods: [],
    slots: [
      .iterator { object in answer { () throws(PythonError) in try PythonObject(newReference: object) } },
      .next { object in answerNext { () throws(PythonError) in try type.instance(object).next() } },
      .length { object in type.instance(object).remaining },
      .representation { object in
        answer { () throws(PythonError) in
          let iterator = type.instance(object)
          return try PythonObject(text: "MessageIter(position=\(iterator.position), remaining=\(iterator.remaining))")
        }
      },
    ])
}
