/// The operations from many elements to one that are computed natively, by their names in numpy.
public enum ReductionOperation: String, CaseIterable, Sendable {
  case sum, prod, min, max, mean
  case variance = "var"
  case standardDeviation = "std"
  case any, all
  case countNonzero = "count_nonzero"
  case argmin, argmax
  case nansum, nanprod, nanmin, nanmax, nanmean
  case nanvar, nanstd, nanargmin, nanargmax

  /// The type of the result, as numpy has it; nil where there is no native loop for that type.
  public func resultType(_ input: ElementType) -> ElementType? {
    guard input.isNumber else { return nil }
    switch self {
    case .any, .all: return .bool
    case .countNonzero: return .int64
    case .argmin, .argmax, .nanargmin, .nanargmax: return input.isComplex ? nil : .int64
    case .min, .max, .nanmin, .nanmax: return input.isComplex ? nil : input
    case .sum: return input.sumType
    case .prod, .nansum, .nanprod: return input.isComplex ? nil : input.sumType
    case .mean: return input.isFloatingPoint ? input : .float64
    case .variance, .standardDeviation:
      if input.isComplex { return input == .complex64 ? .float32 : .float64 }
      return input.isFloatingPoint ? input : .float64
    case .nanmean, .nanvar, .nanstd:
      if input.isComplex { return nil }
      return input.isFloatingPoint ? input : .float64
    }
  }

  /// Whether the result is where an element is.
  var findsPlaces: Bool { [.argmin, .argmax, .nanargmin, .nanargmax].contains(self) }

  /// Whether NaN is left out.
  var skipsMissing: Bool { rawValue.hasPrefix("nan") }

  /// The state of a reduction before any element.
  ///
  /// - Parameters:
  ///   - input: a type for which ``resultType(_:)`` is not nil.
  ///   - shape: of the result, without the reduced axes.
  ///   - lengths: of the whole input along the reduced axes, in the order of the axes.
  func makeState(input: ElementType, shape: [Int], reducing lengths: [Int]) -> ReductionState {
    precondition(resultType(input) != nil)
    return ReductionStates.make(self, input, shape, lengths)
  }
}

extension ElementType {
  var isFloatingPoint: Bool {
    switch self {
    case .float16, .bfloat16, .float32, .float64, .complex64, .complex128: true
    default: false
    }
  }

  /// What elements are summed up to: integers to those of 64 bits.
  var sumType: ElementType {
    switch self {
    case .bool, .int8, .int16, .int32, .int64: .int64
    case .uint8, .uint16, .uint32, .uint64: .uint64
    default: self
    }
  }

  /// What elements are computed with: those of 16 bits as float32.
  var workingType: ElementType { self == .float16 || self == .bfloat16 ? .float32 : self }
}
