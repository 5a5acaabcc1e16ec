/// Which state an operation on elements of a type has.
enum ReductionStates {
  static func make(
    _ operation: ReductionOperation, _ input: ElementType, _ shape: [Int], _ lengths: [Int]
  ) -> ReductionState {
    switch operation {
    case .any: FoldState(IntegerMaximum<UInt8>.self, operation, shape: shape, lengths: lengths, working: .bool)
    case .all: FoldState(IntegerMinimum<UInt8>.self, operation, shape: shape, lengths: lengths, working: .bool)
    case .countNonzero: FoldState(IntegerSum<UInt8>.self, operation, shape: shape, lengths: lengths, working: .bool)
    case _ where input.isComplex: ComplexState(operation, input, shape, lengths)
    case .mean where !input.isFloatingPoint:
      FoldState(RealSum<Double>.self, operation, shape: shape, lengths: lengths, working: .float64)
    case .variance, .standardDeviation, .nanmean, .nanvar, .nanstd:
      input.isFloatingPoint && input != .float64
        ? moments(Float.self, operation, shape, lengths) : moments(Double.self, operation, shape, lengths)
    default:
      switch input.workingType {
      case .bool: integer(UInt8.self, .bool, operation, shape, lengths)
      case .int8: integer(Int8.self, input, operation, shape, lengths)
      case .int16: integer(Int16.self, input, operation, shape, lengths)
      case .int32: integer(Int32.self, input, operation, shape, lengths)
      case .int64: integer(Int64.self, input, operation, shape, lengths)
      case .uint8: integer(UInt8.self, input, operation, shape, lengths)
      case .uint16: integer(UInt16.self, input, operation, shape, lengths)
      case .uint32: integer(UInt32.self, input, operation, shape, lengths)
      case .uint64: integer(UInt64.self, input, operation, shape, lengths)
      case .float32: real(Float.self, operation, shape, lengths)
      default: real(Double.self, operation, shape, lengths)
      }
    }
  }

  @inline(__always)
  private static func integer<Element: FixedWidthInteger & TensorElement>(
    _ type: Element.Type, _ working: ElementType, _ operation: ReductionOperation, _ shape: [Int], _ lengths: [Int]
  ) -> ReductionState {
    switch operation {
    case .prod, .nanprod:
      FoldState(IntegerProduct<Element>.self, operation, shape: shape, lengths: lengths, working: working)
    case .min, .nanmin:
      FoldState(IntegerMinimum<Element>.self, operation, shape: shape, lengths: lengths, working: working)
    case .max, .nanmax:
      FoldState(IntegerMaximum<Element>.self, operation, shape: shape, lengths: lengths, working: working)
    case .argmin, .nanargmin:
      ExtremeIndexState(LeastInteger<Element>.self, operation, shape: shape, lengths: lengths, working: working)
    case .argmax, .nanargmax:
      ExtremeIndexState(GreatestInteger<Element>.self, operation, shape: shape, lengths: lengths, working: working)
    default: FoldState(IntegerSum<Element>.self, operation, shape: shape, lengths: lengths, working: working)
    }
  }

  @inline(__always)
  private static func real<Element: RealNumber & TensorElement>(
    _ type: Element.Type, _ operation: ReductionOperation, _ shape: [Int], _ lengths: [Int]
  ) -> ReductionState {
    let working = Element.elementType
    return switch operation {
    case .prod: FoldState(RealProduct<Element>.self, operation, shape: shape, lengths: lengths, working: working)
    case .min: FoldState(RealMinimum<Element>.self, operation, shape: shape, lengths: lengths, working: working)
    case .max: FoldState(RealMaximum<Element>.self, operation, shape: shape, lengths: lengths, working: working)
    case .nansum: FoldState(PresentSum<Element>.self, operation, shape: shape, lengths: lengths, working: working)
    case .nanprod: FoldState(PresentProduct<Element>.self, operation, shape: shape, lengths: lengths, working: working)
    case .nanmin: FoldState(PresentMinimum<Element>.self, operation, shape: shape, lengths: lengths, working: working)
    case .nanmax: FoldState(PresentMaximum<Element>.self, operation, shape: shape, lengths: lengths, working: working)
    case .argmin:
      ExtremeIndexState(LeastReal<Element>.self, operation, shape: shape, lengths: lengths, working: working)
    case .argmax:
      ExtremeIndexState(GreatestReal<Element>.self, operation, shape: shape, lengths: lengths, working: working)
    case .nanargmin:
      ExtremeIndexState(LeastPresent<Element>.self, operation, shape: shape, lengths: lengths, working: working)
    case .nanargmax:
      ExtremeIndexState(GreatestPresent<Element>.self, operation, shape: shape, lengths: lengths, working: working)
    default:
      FoldState(RealSum<Element>.self, operation, shape: shape, lengths: lengths, working: working)
    }
  }

  private static func moments<Element: RealNumber & TensorElement>(
    _ type: Element.Type, _ operation: ReductionOperation, _ shape: [Int], _ lengths: [Int]
  ) -> ReductionState {
    MomentsState(
      type, operation, shape: shape, lengths: lengths, wantsSquares: operation != .nanmean)
  }
}
