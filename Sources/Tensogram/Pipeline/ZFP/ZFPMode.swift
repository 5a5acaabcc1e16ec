import CZFP

extension ZFP {
  /// What a stream keeps of its values.
  enum Mode: Equatable, Sendable {
    /// So many bits a value, on average over a block of 4.
    case fixedRate(Double)
    /// So many bit planes of a block; all of them where there are fewer.
    case fixedPrecision(Int)
    /// Errors of at most this.
    case fixedAccuracy(Double)

    /// Throws a metadata error for a parameter that is missing or out of range, an encoding error for an unknown mode.
    init(_ parameters: StageParameters) throws(TensogramError) {
      switch try parameters.requiredText("zfp_mode") {
      case "fixed_rate":
        let key = "zfp_rate"
        self = .fixedRate(try Self.positive(parameters, key, atMost: Double(ZFP_MAX_BITS) / Double(blockLength)))
      case "fixed_precision":
        self = .fixedPrecision(try parameters.requiredInteger("zfp_precision", in: 1...Int(UInt32.max)))
      case "fixed_accuracy":
        self = .fixedAccuracy(try Self.positive(parameters, "zfp_tolerance", atMost: .greatestFiniteMagnitude))
      case let unknown:
        throw .encoding(
          "unknown zfp_mode: '\(unknown)'; known are fixed_rate, fixed_precision and fixed_accuracy")
      }
    }

    private static func positive(
      _ parameters: StageParameters, _ key: String, atMost limit: Double
    ) throws(TensogramError) -> Double {
      let value = try parameters.requiredNumber(key)
      guard value > 0, value <= limit else {
        throw .metadata("\(key) must be a finite number above 0, at most \(limit), got \(value)")
      }
      return value
    }
  }
}
