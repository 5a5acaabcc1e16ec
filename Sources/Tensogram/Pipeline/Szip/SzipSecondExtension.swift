/// The second extension option (CCSDS 121.0-B-3, section 3.4): a pair of values (a, b) as one number,
/// (a + b)(a + b + 1) / 2 + b.
enum SzipSecondExtension {
  /// Sums of pairs from here on make the code longer than any other; libaec reads none.
  static let sums = 13
  /// The numbers of all pairs with a smaller sum are smaller than this.
  static let codes = sums * (sums + 1) / 2

  /// The pair that `code`, below ``codes``, stands for.
  static func pair(_ code: Int) -> (UInt32, UInt32) {
    let entry = pairs[code]
    return (UInt32(entry.x), UInt32(entry.y))
  }

  private static let pairs: [SIMD2<UInt8>] = (0..<UInt8(sums)).flatMap { sum in
    (0...sum).map { second in SIMD2(sum - second, second) }
  }

  /// The number of a pair.
  static func code(_ first: UInt32, _ second: UInt32) -> Int {
    let sum = Int(first) + Int(second)
    return sum * (sum + 1) / 2 + Int(second)
  }

  /// The bits that the block `values` takes, the option's own identifier bit included; or, from `limit` on, some number
  /// not below it. A reference sample counts as a zero.
  static func cost(of values: Span<UInt32>, isReferenced: Bool, limit: Int) -> Int {
    var cost = 1
    for index in stride(from: 0, to: values.count, by: 2) {
      let first = isReferenced && index == 0 ? 0 : values[index]
      let sum = Int(first) + Int(values[index + 1])
      // Larger sums would overflow, and take more than any limit.
      if sum >= 1 << 30 { return limit }
      cost += code(first, values[index + 1]) + 1
      if cost >= limit { return limit }
    }
    return cost
  }
}
