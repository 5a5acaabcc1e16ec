/// How a message is to be written.
public struct EncodeOptions: Sendable {
  /// Which frames with the list of all object hashes a message gets; the inline hash slots do not depend on it.
  public enum HashDirectory: Sendable {
    case none, header, footer, both
  }

  /// Whether frames carry the XXH3 digest of their body.
  public var isHashed = true
  /// A streaming encoder knows `none` and `footer` only.
  public var hashDirectory: HashDirectory
  /// Whether NaN and infinities may be stored in masks, and how.
  public var masks: MaskOptions
  public var workers: Workers

  public init(
    isHashed: Bool = true, hashDirectory: HashDirectory = .header, masks: MaskOptions = MaskOptions(),
    workers: Workers = Workers()
  ) {
    self.isHashed = isHashed
    self.hashDirectory = hashDirectory
    self.masks = masks
    self.workers = workers
  }
}

/// One object to encode: what it is, and its elements, or its payload, in memory that the caller keeps alive and
/// unchanged.
@safe public struct DataObject: @unchecked Sendable {
  public var descriptor: DataObjectDescriptor
  let data: UnsafeRawBufferPointer
  /// Of the elements in `data`; they are stored in the descriptor's.
  let order: ByteOrder
  /// `data` is the payload already, to be stored untouched.
  let isEncoded: Bool

  /// `data` holds all elements in C order.
  public init(_ descriptor: DataObjectDescriptor, data: UnsafeRawBufferPointer, order: ByteOrder = .native) {
    self.descriptor = descriptor
    unsafe self.data = unsafe data
    self.order = order
    isEncoded = false
  }

  /// `payload` is what the descriptor's pipeline made of the elements elsewhere.
  public init(_ descriptor: DataObjectDescriptor, payload: UnsafeRawBufferPointer) {
    self.descriptor = descriptor
    unsafe data = unsafe payload
    order = descriptor.byteOrder
    isEncoded = true
  }

  var bytes: RawSpan {
    @_lifetime(borrow self)
    get { unsafe _overrideLifetime(RawSpan(_unsafeBytes: data), borrowing: self) }
  }
}
