/// The operations that give each element what comes of those before it along an axis and itself.
public enum ScanOperation: String, CaseIterable, Sendable {
  case cumsum, cumprod, nancumsum, nancumprod, maximum, minimum
  /// Missing values become the last one before that is not.
  case ffill

  /// The type of the result, as numpy has it; nil where there is no native loop for that type.
  public func resultType(_ input: ElementType) -> ElementType? {
    if !input.isNumber || input.isComplex { return nil }
    switch self {
    case .cumsum, .cumprod, .nancumsum, .nancumprod: return input.sumType
    case .maximum, .minimum, .ffill: return input
    }
  }

  /// The state of a scan before the first element.
  ///
  /// - Parameters:
  ///   - input: a type for which ``resultType(_:)`` is not nil.
  ///   - shape: of the input without the axis.
  ///   - limit: how many missing values one after the other ``ffill`` fills; all if nil.
  func makeState(input: ElementType, shape: [Int], limit: Int? = nil) -> ScanState {
    precondition(resultType(input) != nil)
    switch input.workingType {
    case .bool: return integer(UInt8.self, .bool, shape)
    case .int8: return integer(Int8.self, input, shape)
    case .int16: return integer(Int16.self, input, shape)
    case .int32: return integer(Int32.self, input, shape)
    case .int64: return integer(Int64.self, input, shape)
    case .uint8: return integer(UInt8.self, input, shape)
    case .uint16: return integer(UInt16.self, input, shape)
    case .uint32: return integer(UInt32.self, input, shape)
    case .uint64: return integer(UInt64.self, input, shape)
    case .float32: return real(Float.self, shape, limit)
    default: return real(Double.self, shape, limit)
    }
  }

  @inline(__always)
  private func integer<Element: FixedWidthInteger & TensorElement>(
    _ type: Element.Type, _ working: ElementType, _ shape: [Int]
  ) -> ScanState {
    switch self {
    case .cumsum, .nancumsum: FoldScan(IntegerSum<Element>.self, shape: shape, working: working)
    case .cumprod, .nancumprod: FoldScan(IntegerProduct<Element>.self, shape: shape, working: working)
    case .maximum: FoldScan(IntegerMaximum<Element>.self, shape: shape, working: working)
    case .minimum: FoldScan(IntegerMinimum<Element>.self, shape: shape, working: working)
    case .ffill: ScanState(shape: shape, working: working)
    }
  }

  @inline(__always)
  private func real<Element: RealNumber & TensorElement>(
    _ type: Element.Type, _ shape: [Int], _ limit: Int?
  ) -> ScanState {
    let working = Element.elementType
    return switch self {
    case .cumsum: FoldScan(RealSum<Element>.self, shape: shape, working: working)
    case .cumprod: FoldScan(RealProduct<Element>.self, shape: shape, working: working)
    case .nancumsum: FoldScan(PresentSum<Element>.self, shape: shape, working: working)
    case .nancumprod: FoldScan(PresentProduct<Element>.self, shape: shape, working: working)
    case .maximum: FoldScan(RealMaximum<Element>.self, shape: shape, working: working)
    case .minimum: FoldScan(RealMinimum<Element>.self, shape: shape, working: working)
    case .ffill: FillScan(type, shape: shape, limit: limit ?? .max)
    }
  }
}
