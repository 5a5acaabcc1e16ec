import Glibc

/// How far a decoded element may be from the original (specification §11.1).
struct SZ3ErrorBound: Equatable, Sendable {
  enum Mode: String, CaseIterable, Sendable {
    /// The largest difference.
    case abs
    /// The largest difference as a part of the array's range, maximum − minimum.
    case rel
    /// The least peak signal-to-noise ratio in dB, for the range as the peak.
    case psnr
  }

  let mode: Mode
  /// Finite and above 0.
  let value: Double

  init(_ mode: Mode, _ value: Double) throws(TensogramError) {
    guard value.isFinite, value > 0 else {
      throw .metadata("sz3_error_bound must be finite and above 0, got \(value)")
    }
    self.mode = mode
    self.value = value
  }

  init(_ parameters: StageParameters) throws(TensogramError) {
    let name = try parameters.requiredText("sz3_error_bound_mode")
    guard let mode = Mode(rawValue: name) else {
      let names = Mode.allCases.map(\.rawValue).joined(separator: ", ")
      throw .metadata("sz3_error_bound_mode must be one of \(names), got '\(name)'")
    }
    try self.init(mode, parameters.requiredNumber("sz3_error_bound"))
  }

  /// The absolute bound that keeps this one in an array of that range; not always finite, nor above 0.
  func absolute(range: Double) -> Double {
    switch mode {
    case .abs: value
    case .rel: value * range
    // Errors spread evenly over ± bound have a mean square of bound²/3; 0.66 is 2/3 with a margin.
    case .psnr: range * pow(10, -(value + 10 * log10(1 - 0.66)) / 20)
    }
  }
}
