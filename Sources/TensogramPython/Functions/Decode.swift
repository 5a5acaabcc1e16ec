import CPython
import Tensogram

/// The functions that read a message in a buffer (contract §12).
enum DecodeFunctions {
  static let methods: [Method] = [
    Method(decode, decodeDocumentation) { _, given, count, names in
      call(decode, given, count, names) { (arguments) throws(PythonError) in
        let input = try InputMessage(arguments.required(0))
        return try builder(arguments, input.object, flags: (1, 3, 4, 5), threads: 2).message(input.reader)
      }
    },
    Method(metadata, metadataDocumentation) { _, given, count, names in
      call(metadata, given, count, names) { (arguments) throws(PythonError) in
        let input = try InputMessage(arguments.required(0))
        return try MessageBuilder().metadata(input.reader)
      }
    },
    Method(descriptors, descriptorsDocumentation) { _, given, count, names in
      call(descriptors, given, count, names) { (arguments) throws(PythonError) in
        let input = try InputMessage(arguments.required(0))
        let (metadata, descriptors) = try MessageBuilder().descriptors(input.reader)
        return try .tuple(MetadataType.wrap(metadata), DescriptorType.list(descriptors))
      }
    },
    Method(object, objectDocumentation) { _, given, count, names in
      call(object, given, count, names) { (arguments) throws(PythonError) in
        let index = try arguments.index(1)
        let input = try InputMessage(arguments.required(0))
        let builder = try builder(arguments, input.object, flags: (2, 4, 5, 6), threads: 3)
        let (metadata, object) = try builder.located(index, of: input.reader)
        return try .tuple(
          MetadataType.wrap(metadata), DescriptorType.wrap(object.descriptor), builder.array(object, of: input.reader)
        )
      }
    },
  ]

  /// How to decode, by the places of native_byte_order, restore_non_finite, verify_hash, copy, and of threads.
  private static func builder(
    _ arguments: borrowing Arguments, _ buffer: Borrowed, flags: (Int, Int, Int, Int), threads: Int
  ) throws(PythonError) -> MessageBuilder {
    let options = DecodeOptions(
      nativeByteOrder: try arguments.flag(flags.0, default: true),
      verifyHash: try arguments.flag(flags.2, default: false), workers: try arguments.workers(threads))
    let isLent = try !arguments.flag(flags.3, default: true)
    return MessageBuilder(options: options, lender: isLent ? .buffer(buffer) : nil)
  }

  private static let decode = Signature(
    "decode(buf, native_byte_order=True, threads=0, restore_non_finite=True, verify_hash=False, copy=True)")
  private static let metadata = Signature("decode_metadata(buf)")
  private static let descriptors = Signature("decode_descriptors(buf)")
  private static let object = Signature(
    "decode_object(buf, index, native_byte_order=True, threads=0, restore_non_finite=True, verify_hash=False, copy=True)"
  )

  private static let decodeDocumentation = """
    Decode the message at the start of a buffer into a ``Message`` of metadata and ``(descriptor, array)`` tuples.

    ``native_byte_order=False`` leaves elements in the order of the payload, in an array of the native dtype.
    ``restore_non_finite=False`` leaves zeros where the data had NaN or infinity. ``verify_hash=True`` checks each
    object's hash first: MissingHashError, HashMismatchError. ``copy=False`` returns read-only views of the buffer for
    objects that are stored uncompressed in native order; they keep the buffer alive. ``threads`` is the most workers
    to use; 0 means what the variable TENSOGRAM_THREADS says, else one. ValueError for bytes that are no message.
    """
  private static let metadataDocumentation = """
    Decode only the metadata of the message at the start of a buffer. Costs nothing for the payloads.
    """
  private static let descriptorsDocumentation = """
    Decode metadata and all descriptors of the message at the start of a buffer, no payload: ``(Metadata, list)``.
    """
  private static let objectDocumentation = """
    Decode one data object of the message at the start of a buffer: ``(Metadata, DataObjectDescriptor, ndarray)``.

    Only that object's payload is read. Options as in ``decode``. ValueError for an ``index`` out of range.
    """
}
