enum NonFinite {
  enum Kind: String { case nan = "NaN", positiveInfinity = "+Inf", negativeInfinity = "-Inf" }
  enum Part: String { case real, imaginary }
  static func first(in values: RawSpan, dtype: DType, byteOrder: ByteOrder) -> (index: Int, kind: Kind, part: Part?)? {
    nil
  }
}
