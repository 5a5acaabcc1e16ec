import CPython
import Tensogram

/// `tensogram.StreamingEncoder`: makes a message in memory, object by object (contract §10).
enum StreamingEncoderType {
  static let type: NativeType<MessageStream> = NativeType(
    "tensogram.StreamingEncoder", "\(constructor.function)(\(constructor.text))\n--\n\n\(documentation)",
    methods: StreamingMethods.all + [
      Method(toFile, isStatic: true, toFileDocumentation) { _, given, count, names in
        call(toFile, given, count, names) { (arguments) throws(PythonError) in
          let path = try arguments.path(0)
          let options = try EncodeOptions(arguments, from: 2, isStreaming: true)
          return try StreamingFileEncoderType.type.wrap(
            MessageStream(Metadata(arguments.required(1)), options, to: .file(path)))
        }
      }
    ],
    slots: [
      .constructor { _, positional, keywords in
        construct(constructor, positional, keywords) { (arguments) throws(PythonError) in
          let options = try EncodeOptions(arguments, from: 1, isStreaming: true)
          return try type.wrap(MessageStream(Metadata(arguments.required(0)), options, to: .memory))
        }
      }
    ])

  private static let constructor = Signature("StreamingEncoder(global_meta_dict, \(EncodeFunctions.options))")
  private static let toFile = Signature("to_file(path, global_meta_dict, \(EncodeFunctions.options))")

  private static let documentation = """
    Makes a message in memory, object by object: ``write_object`` for each, then one of the ``finish`` methods.

    Parameters as in ``encode``, but for ``aggregate_hash``, which is auto, none or footer here. Any thread may write;
    the order is that of the calls. ``StreamingEncoder.to_file`` writes to a file instead.
    """
  private static let toFileDocumentation = """
    A ``StreamingFileEncoder``, which writes a message to the end of a file. Parameters as for ``StreamingEncoder``.
    """
}

/// `tensogram.StreamingFileEncoder`: writes a message to a file, object by object.
enum StreamingFileEncoderType {
  static let type: NativeType<MessageStream> = NativeType(
    "tensogram.StreamingFileEncoder", documentation,
    methods: StreamingMethods.all + [
      Method(enter, "The encoder itself.") { object, given, count, names in
        call(enter, given, count, names) { (_) throws(PythonError) in try PythonObject(newReference: object) }
      },
      Method(exit, exitDocumentation) { object, given, count, names in
        call(exit, given, count, names) { (arguments) throws(PythonError) in
          let stream = type.instance(object)
          if try !stream.hasEnded() {
            if try arguments.object(0).isNone {
              _ = try stream.finish(backfill: true, isReset: false)
            } else {
              try stream.abandon()
            }
          }
          return PythonObject(false)
        }
      },
    ])

  private static let enter = Signature("__enter__()")
  private static let exit = Signature("__exit__(exc_type=None, exc_value=None, traceback=None)")

  private static let documentation = """
    Writes a message to the end of a file, object by object; made by ``StreamingEncoder.to_file``.

    Only the object being written is held in memory. The message is there for readers when one of the ``finish`` methods
    returns; leaving a ``with`` block calls ``finish_backfilled``. If an exception leaves the block, or the encoder is
    dropped unfinished, the file is cut back to what it was. Nobody else may write to the file meanwhile.
    """
  private static let exitDocumentation = """
    Finish the message if that is still to be done; after an exception take it out of the file again.
    """
}

/// What both have.
private enum StreamingMethods {
  static let all: [Method] = [
    Method(writeObject, "Write one object: data as in a pair of ``encode``. If it fails, nothing is written.") {
      object, given, count, names in
      call(writeObject, given, count, names) { (arguments) throws(PythonError) in
        try write(object, arguments, as: .elements)
      }
    },
    Method(
      writePreEncoded, "Write one object: data as in a pair of ``encode_pre_encoded``. If it fails, nothing is written."
    ) { object, given, count, names in
      call(writePreEncoded, given, count, names) { (arguments) throws(PythonError) in
        try write(object, arguments, as: .payload)
      }
    },
    Method(finish, "Finish the message, its total length left open. \(returned)") { object, given, count, names in
      call(finish, given, count, names) { (_) throws(PythonError) in
        try stream(object).finish(backfill: false, isReset: false)
      }
    },
    Method(finishBackfilled, "Finish the message, its total length filled in. \(returned)") {
      object, given, count, names in
      call(finishBackfilled, given, count, names) { (_) throws(PythonError) in
        try stream(object).finish(backfill: true, isReset: false)
      }
    },
    Method(finishAndReset, "As ``finish``, and begin another message. \(another)") { object, given, count, names in
      call(finishAndReset, given, count, names) { (_) throws(PythonError) in
        try stream(object).finish(backfill: false, isReset: true)
      }
    },
    Method(finishAndResetBackfilled, "As ``finish_backfilled``, and begin another message. \(another)") {
      object, given, count, names in
      call(finishAndResetBackfilled, given, count, names) { (_) throws(PythonError) in
        try stream(object).finish(backfill: true, isReset: true)
      }
    },
  ]

  private static let writeObject = Signature("write_object(descriptor, data)")
  private static let writePreEncoded = Signature("write_object_pre_encoded(descriptor, data)")
  private static let finish = Signature("finish()")
  private static let finishBackfilled = Signature("finish_backfilled()")
  private static let finishAndReset = Signature("finish_and_reset()")
  private static let finishAndResetBackfilled = Signature("finish_and_reset_backfilled()")

  private static let returned = "Returns its bytes, None if it went to a file; nothing can be written any more."
  private static let another = "It has the metadata and the options that the encoder was made with."

  /// The methods of both classes have the same Swift object behind `self`.
  @safe private static func stream(_ object: PyPointer?) -> MessageStream { StreamingEncoderType.type.instance(object) }

  @safe private static func write(
    _ object: PyPointer?, _ arguments: borrowing Arguments, as content: ObjectInput.Content
  ) throws(PythonError) -> PythonObject {
    try stream(object).write(ObjectInput(arguments.required(0), arguments.required(1), as: content))
    return .none
  }
}
