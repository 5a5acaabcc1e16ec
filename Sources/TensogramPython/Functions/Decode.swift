import CPython
import Tensogram

/// The functions that read a message in a buffer (contract §12, §13).
enum DecodeFunctions {
  static let methods: [Method] = [
    Method(decode, decodeDocumentation) { _, given, count, names in
      call(decode, given, count, names) { (arguments) throws(PythonError) in
        let input = try InputMessage(arguments.required(0))
        let builder = try arguments.builder(
          .buffer(input.object), nativeByteOrder: 1, threads: 2, restoreNonFinite: 3, verifyHash: 4, copy: 5)
        try builder.checkMetadata(of: input.reader)
        let (metadata, objects) = try builder.reading(work: 0) { () throws(TensogramError) in
          (try input.reader.metadata(), try input.reader.locatedObjects())
        }
        return try builder.message(input.reader, metadata, objects)
      }
    },
    Method(decodeWithMasks, decodeWithMasksDocumentation) { _, given, count, names in
      call(decodeWithMasks, given, count, names) { (arguments) throws(PythonError) in
        let input = try InputMessage(arguments.required(0))
        var builder = try arguments.builder(.buffer(input.object), nativeByteOrder: 1, threads: 2)
        builder.options.restoresNonFinite = false
        builder.hasMasks = true
        let (metadata, objects) = try builder.reading(work: 0) { () throws(TensogramError) in
          (try input.reader.metadata(), try input.reader.locatedObjects())
        }
        return try builder.message(input.reader, metadata, objects)
      }
    },
    Method(metadata, metadataDocumentation) { _, given, count, names in
      call(metadata, given, count, names) { (arguments) throws(PythonError) in
        let input = try InputMessage(arguments.required(0))
        return try MetadataType.wrap(core { () throws(TensogramError) in try input.reader.metadata() })
      }
    },
    Method(descriptors, descriptorsDocumentation) { _, given, count, names in
      call(descriptors, given, count, names) { (arguments) throws(PythonError) in
        let input = try InputMessage(arguments.required(0))
        let (metadata, descriptors) = try core { () throws(TensogramError) in
          (try input.reader.metadata(), try input.reader.descriptors())
        }
        return try .tuple(MetadataType.wrap(metadata), DescriptorType.list(descriptors))
      }
    },
    Method(object, objectDocumentation) { _, given, count, names in
      call(object, given, count, names) { (arguments) throws(PythonError) in
        let index = try arguments.index(1)
        let input = try InputMessage(arguments.required(0))
        let builder = try arguments.builder(
          .buffer(input.object), nativeByteOrder: 2, threads: 3, restoreNonFinite: 4, verifyHash: 5, copy: 6)
        try builder.checkMetadata(of: input.reader)
        let (object, metadata) = try builder.reading(work: 0) { () throws(TensogramError) in
          (try input.reader.located(index), try input.reader.metadata())
        }
        return try .tuple(
          MetadataType.wrap(metadata), DescriptorType.wrap(object.descriptor), builder.array(object, of: input.reader))
      }
    },
    Method(range, rangeDocumentation) { _, given, count, names in
      call(range, given, count, names) { (arguments) throws(PythonError) in
        let index = try arguments.index(1)
        let ranges = try arguments.ranges(2)
        let isJoined = try arguments.flag(3, default: false)
        let input = try InputMessage(arguments.required(0))
        let builder = try arguments.builder(
          .buffer(input.object), nativeByteOrder: 4, threads: 5, restoreNonFinite: 6)
        let object = try builder.reading(work: 0) { () throws(TensogramError) in try input.reader.located(index) }
        return try builder.ranges(ranges, isJoined: isJoined, object, of: input.reader)
      }
    },
  ]

  private static let decode = Signature(
    "decode(buf, native_byte_order=True, threads=0, restore_non_finite=True, verify_hash=False, copy=True)")
  private static let decodeWithMasks = Signature("decode_with_masks(buf, native_byte_order=True, threads=0)")
  private static let metadata = Signature("decode_metadata(buf)")
  private static let descriptors = Signature("decode_descriptors(buf)")
  private static let object = Signature(
    "decode_object(buf, index, native_byte_order=True, threads=0, restore_non_finite=True, verify_hash=False, copy=True)"
  )
  private static let range = Signature(
    "decode_range(buf, object_index, ranges, join=False, native_byte_order=True, threads=0, restore_non_finite=True)")

  private static let decodeDocumentation = """
    Decode the message at the start of a buffer into a ``Message`` of metadata and ``(descriptor, array)`` tuples.

    ``native_byte_order=False`` leaves elements in the byte order of the payload, in arrays of the native dtype.
    ``restore_non_finite=False`` leaves zeros where the data had NaN or infinity. ``verify_hash=True`` checks all
    hashes first: MissingHashError, HashMismatchError. ``copy=False`` returns read-only views of the buffer for
    objects that are stored uncompressed in native order; they keep the buffer alive. ``threads`` is the most workers
    to use; 0 means what the variable TENSOGRAM_THREADS says, else one. ValueError for bytes that are no message.
    """
  private static let decodeWithMasksDocumentation = """
    Decode a message and its masks apart: objects are ``(descriptor, array, masks)`` tuples.

    Arrays have zeros where the data had NaN or infinity. ``masks`` is a dict with a flat bool array for each kind that
    the object has, in C order: ``nan``, ``inf+``, ``inf-``.
    """
  private static let metadataDocumentation = """
    Decode only the metadata of the message at the start of a buffer.
    """
  private static let descriptorsDocumentation = """
    Decode metadata and all descriptors of the message at the start of a buffer, no payload: ``(Metadata, list)``.
    """
  private static let objectDocumentation = """
    Decode one data object of the message at the start of a buffer: ``(Metadata, DataObjectDescriptor, ndarray)``.

    Only that object's payload is read. Options as in ``decode``. ValueError for an ``index`` out of range.
    """
  private static let rangeDocumentation = """
    Decode parts of one data object: ``ranges`` are ``(start, count)`` tuples over its elements in C order.

    Returns a list with a 1-D array for each range, or with ``join=True`` one 1-D array of all. Ranges may overlap and
    come in any order. Only what they need is decoded; ValueError for pipelines that cannot do that (zstd, lz4, sz3,
    shuffle, bitmask) and for a range beyond the end.
    """
}

extension Arguments {
  /// How to decode, by the places that the options have in the signature; options without a place have their default.
  func builder(
    _ lender: Lender, nativeByteOrder: Int, threads: Int, restoreNonFinite: Int? = nil, verifyHash: Int? = nil,
    copy: Int? = nil
  ) throws(PythonError) -> MessageBuilder {
    var builder = MessageBuilder(lender)
    builder.options.nativeByteOrder = try flag(nativeByteOrder, default: true)
    builder.options.workers = try workers(threads)
    if let restoreNonFinite { builder.options.restoresNonFinite = try flag(restoreNonFinite, default: true) }
    if let verifyHash { builder.options.verifyHash = try flag(verifyHash, default: false) }
    if let copy { builder.isLending = try !flag(copy, default: true) }
    return builder
  }
}
