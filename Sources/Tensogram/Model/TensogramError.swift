/// What went wrong, in one sentence, with the place it was found.
///
/// Code close to the bytes throws a kind and a text that names the offending thing and its value; code that knows
/// the file, message or object adds the place on the way up with ``at(file:message:object:)``.
public struct TensogramError: Error, Equatable, Sendable {
  public enum Kind: Equatable, Sendable {
    /// Bytes that are not this format.
    case framing
    /// CBOR, or the rules for what stands in it.
    case metadata
    /// Values, codec parameters, pipelines.
    case encoding
    /// A codec could not make sense of its input.
    case compression
    /// An object that is not there, or a bad shape.
    case object
    /// This pipeline cannot decode a part without decoding all; not a sign of damage.
    case rangeNotSupported
    /// A hash was asked for and is not there.
    case missingHash
    /// The hash stored with a frame is not that of its bytes.
    case hashMismatch(expected: UInt64, actual: UInt64)
    /// The operating system said no; `code` is its `errno`.
    case system(code: Int32)
    /// A server or an object store said no, or gave what it should not.
    case remote
    /// A function of the caller threw this.
    case caller(CallerError)
    /// The caller asked to stop.
    case cancelled
  }

  public var kind: Kind
  public var text: String
  public var file: String?
  public var message: Int?
  public var object: Int?

  public init(_ kind: Kind, _ text: String) {
    self.kind = kind
    self.text = text
  }

  public static func framing(_ text: String) -> TensogramError { .init(.framing, text) }
  public static func metadata(_ text: String) -> TensogramError { .init(.metadata, text) }
  public static func encoding(_ text: String) -> TensogramError { .init(.encoding, text) }
  public static func compression(_ text: String) -> TensogramError { .init(.compression, text) }
  public static func object(_ text: String) -> TensogramError { .init(.object, text) }
  public static func rangeNotSupported(_ text: String) -> TensogramError { .init(.rangeNotSupported, text) }

  /// The same error with the place added, where it is not known already.
  public func at(file: String? = nil, message: Int? = nil, object: Int? = nil) -> TensogramError {
    var error = self
    error.file = self.file ?? file
    error.message = self.message ?? message
    error.object = self.object ?? object
    return error
  }
}

/// An error of another kind on its way through the core, from a function of the caller to the caller.
open class CallerError: Equatable, @unchecked Sendable {
  public init() {}
  public static func == (a: CallerError, b: CallerError) -> Bool { a === b }
}

extension TensogramError: CustomStringConvertible {
  /// The whole sentence: category, text, and in brackets object, message and file as far as they are known.
  public var description: String {
    let places = [
      object.map { "object \($0)" }, message.map { "message \($0)" }, file.map { "file '\($0)'" },
    ].compactMap { $0 }
    let sentence = prefix + text
    return places.isEmpty ? sentence : sentence + " (" + places.joined(separator: ", ") + ")"
  }

  private var prefix: String {
    switch kind {
    case .framing: "FramingError: "
    case .metadata: "MetadataError: "
    case .encoding, .rangeNotSupported: "EncodingError: "
    case .compression: "EncodingError: compression error: "
    case .object: "ObjectError: "
    case .missingHash: "MissingHash: "
    case .hashMismatch: "HashMismatch: "
    case .remote: "RemoteError: "
    case .system, .caller, .cancelled: ""
    }
  }
}

/// Runs `body`; an error that leaves it gets the place added, see ``TensogramError/at(file:message:object:)``.
@inline(__always)
func locating<Result>(
  file: String? = nil, message: Int? = nil, object: Int? = nil,
  _ body: () throws(TensogramError) -> Result
) throws(TensogramError) -> Result {
  do { return try body() } catch { throw error.at(file: file, message: message, object: object) }
}
