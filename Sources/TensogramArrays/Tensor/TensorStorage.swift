/// Memory that tensors view: allocated here, or lent by an owner that is kept alive.
@safe
public final class TensorStorage: @unchecked Sendable {
  public let memory: UnsafeMutableRawPointer
  public let byteCount: Int
  private let owner: Owner

  private enum Owner {
    case own
    case ownReferences(any ObjectReferences)
    case lender(AnyObject)
  }

  /// Memory of `byteCount` bytes, not set, aligned for any element and for vectors.
  public init(byteCount: Int) {
    unsafe memory = .allocate(byteCount: max(byteCount, 1), alignment: 64)
    self.byteCount = byteCount
    owner = .own
  }

  /// `count` references, all null.
  public init(objects count: Int, references: any ObjectReferences) {
    byteCount = count * ElementType.object.size
    unsafe memory = .allocate(byteCount: max(byteCount, 1), alignment: 64)
    unsafe memory.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
    owner = .ownReferences(references)
  }

  /// Memory that belongs to `owner`.
  public init(lentBy owner: AnyObject, memory: UnsafeMutableRawPointer, byteCount: Int) {
    unsafe self.memory = memory
    self.byteCount = byteCount
    self.owner = .lender(owner)
  }

  /// Whether the memory may be filled anew once nobody else refers to it: allocated here, and of plain bytes.
  var isRecyclable: Bool { if case .own = owner { true } else { false } }

  deinit {
    switch owner {
    case .own: unsafe memory.deallocate()
    case .ownReferences(let references):
      unsafe references.release(memory, count: byteCount / ElementType.object.size)
      unsafe memory.deallocate()
    case .lender: break
    }
  }
}
