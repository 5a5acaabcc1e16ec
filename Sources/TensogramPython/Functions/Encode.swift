import CPython
import Tensogram

/// The functions that make messages (contract §7, §8, §9).
enum EncodeFunctions {
  static let methods: [Method] = [
    Method(encode, encodeDocumentation) { _, given, count, names in
      call(encode, given, count, names) { (arguments) throws(PythonError) in
        let message = try OutputMessage(arguments, EncodeOptions(arguments, from: 2))
        return try message.bytes()
      }
    },
    Method(encodePreEncoded, encodePreEncodedDocumentation) { _, given, count, names in
      call(encodePreEncoded, given, count, names) { (arguments) throws(PythonError) in
        let message = try OutputMessage(arguments, EncodeOptions(arguments, from: 2), as: .payload)
        return try message.bytes()
      }
    },
  ]

  /// What all that encodes elements takes.
  static let options = """
    hash="xxh3", threads=0, allow_nan=False, allow_inf=False, nan_mask_method=None, pos_inf_mask_method=None, \
    neg_inf_mask_method=None, small_mask_threshold_bytes=None, aggregate_hash=None
    """

  /// What `TensogramFile.append` takes too.
  static let parameters = "global_meta_dict, descriptors_and_data, \(options)"

  private static let encode = Signature("encode(\(parameters))")
  private static let encodePreEncoded = Signature(
    "encode_pre_encoded(global_meta_dict, descriptors_and_data, hash=\"xxh3\", threads=0)")

  private static let encodeDocumentation = """
    Encode metadata and arrays into the bytes of one message.

    ``global_meta_dict`` has a dict per object in ``base``, and annotations of the whole message beside it.
    ``descriptors_and_data`` is a list of ``(descriptor, data)`` tuples; a descriptor is a dict with at least ``type``,
    ``shape`` and ``dtype``, data an array, or bytes in the descriptor's byte order.

    \(optionsDocumentation)
    """

  private static let encodePreEncodedDocumentation = """
    Encode metadata and payloads that were encoded elsewhere into the bytes of one message.

    As ``encode``, but data is bytes that the descriptor's pipeline has already made of the elements. They are stored
    untouched and unread; only sizes, and the parameters that decoding needs, are checked. For ranges of szip payloads
    the descriptor may have ``szip_block_offsets``: where intervals start, in bits.
    """

  static let optionsDocumentation = """
    ``hash=None`` leaves the hashes out. ``threads`` is the most workers to use; 0 means what the variable
    TENSOGRAM_THREADS says, else one. NaN and infinities are refused unless ``allow_nan``, ``allow_inf``: then masks
    say where they were, compressed by the ``..._mask_method`` (none, rle, roaring, lz4, zstd, blosc2), those of at most
    ``small_mask_threshold_bytes`` not at all. ``aggregate_hash`` tells where the list of all hashes stands: auto, none,
    header, footer, both. ValueError, with the object's number, for whatever cannot be stored exactly.
    """
}
