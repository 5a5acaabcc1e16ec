extension ValidationIssue {
  /// What kind of thing is wrong, by the stage that finds it; the raw values are stable names for programs.
  public enum Code: String, CaseIterable, Sendable {
    case bufferTooShort = "buffer_too_short"
    case invalidMagic = "invalid_magic"
    /// A wire version other than 3.
    case preambleParseFailed = "preamble_parse_failed"
    case totalLengthExceedsBuffer = "total_length_exceeds_buffer"
    case totalLengthTooSmall = "total_length_too_small"
    case postambleInvalid = "postamble_invalid"
    case footerOffsetOutOfRange = "footer_offset_out_of_range"
    case footerOffsetMismatch = "footer_offset_mismatch"
    case truncatedFrameHeader = "truncated_frame_header"
    case invalidFrameHeader = "invalid_frame_header"
    case frameTooSmall = "frame_too_small"
    case frameLengthOverflow = "frame_length_overflow"
    case frameExceedsMessage = "frame_exceeds_message"
    case missingEndMarker = "missing_end_marker"
    case nonZeroPadding = "non_zero_padding"
    case frameOrderViolation = "frame_order_violation"
    case precederNotFollowedByObject = "preceder_not_followed_by_object"
    case danglingPreceder = "dangling_preceder"
    /// A descriptor offset outside the frame.
    case descriptorOffsetInvalid = "cbor_offset_invalid"
    /// A descriptor in front of the payload that cannot be read, so that the payload has no start.
    case payloadStartUnknown = "cbor_before_boundary_unknown"
    case flagMismatch = "flag_mismatch"
    case noMetadataFrame = "no_metadata_frame"

    case metadataParseFailed = "metadata_cbor_parse_failed"
    case metadataNonCanonical = "metadata_cbor_non_canonical"
    case indexParseFailed = "index_cbor_parse_failed"
    case indexCountMismatch = "index_count_mismatch"
    case indexOffsetMismatch = "index_offset_mismatch"
    case hashFrameParseFailed = "hash_frame_cbor_parse_failed"
    case hashFrameCountMismatch = "hash_frame_count_mismatch"
    case precederParseFailed = "preceder_cbor_parse_failed"
    case precederNonCanonical = "preceder_cbor_non_canonical"
    case precederBaseCountWrong = "preceder_base_count_wrong"
    case baseCountExceedsObjects = "base_count_exceeds_objects"
    case descriptorParseFailed = "descriptor_cbor_parse_failed"
    case descriptorNonCanonical = "descriptor_cbor_non_canonical"
    case ndimShapeMismatch = "ndim_shape_mismatch"
    case stridesShapeMismatch = "strides_shape_mismatch"
    case shapeOverflow = "shape_overflow"
    case unknownEncoding = "unknown_encoding"
    case unknownFilter = "unknown_filter"
    case unknownCompression = "unknown_compression"
    case emptyObjectType = "empty_obj_type"
    case reservedNotAMap = "reserved_not_a_map"
    case reservedMissingTensor = "reserved_missing_tensor"

    case hashMismatch = "hash_mismatch"
    /// A hash that must be there is not, or belongs to an object that cannot be read.
    case hashVerificationError = "hash_verification_error"
    case unknownHashAlgorithm = "unknown_hash_algorithm"
    case noHashAvailable = "no_hash_available"
    case pipelineConfigFailed = "pipeline_config_failed"
    case decodePipelineFailed = "decode_pipeline_failed"

    case decodedSizeMismatch = "decoded_size_mismatch"
    case decodeObjectFailed = "decode_object_failed"
    case nanDetected = "nan_detected"
    case infDetected = "inf_detected"

    public var severity: Severity {
      switch self {
      case .footerOffsetMismatch, .nonZeroPadding, .flagMismatch, .metadataNonCanonical, .precederNonCanonical,
        .descriptorNonCanonical, .reservedMissingTensor, .unknownHashAlgorithm, .noHashAvailable:
        .warning
      default: .error
      }
    }
  }
}
