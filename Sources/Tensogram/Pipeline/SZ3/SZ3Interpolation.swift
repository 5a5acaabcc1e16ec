import Glibc

/// Prediction from a coarse grid to a fine one (specification §6).
///
/// Level ℓ predicts the odd multiples of its step 2^(ℓ−1) from the even ones, which the levels above have made. Within a
/// level no prediction uses another. So the array is traversed in tiles that stay in cache, each through all levels,
/// although the codes are in the order of the levels: a tile's codes of one level follow those of the tile before.
struct SZ3Interpolation {
  var isCubic: Bool
  var alpha: Double
  var beta: Double
  /// Length of a block in steps; even.
  var blockLength = 32
  /// Distance of the elements that are stored as they are, a power of two; 0 without them.
  var anchorDistance: Int

  /// The bound at `level` (specification §6.3).
  func bound(_ base: Double, level: Int) -> Double {
    if alpha >= 1 { return base / min(pow(alpha, Double(level - 1)), beta) }
    return alpha < 0 && level >= 3 ? base * 0.5 : base
  }

  /// The levels of an array, coarsest first, and its tiles.
  func grid(count: Int, bound: Double) -> SZ3Grid { SZ3Grid(self, count: count, bound: bound) }
}

/// Where the codes of an interpolated array are, and which tiles it is traversed in.
struct SZ3Grid {
  struct Level {
    let step: Int
    let bound: Double
    /// Its codes in the stream.
    let codes: Range<Int>
  }

  let count: Int
  /// The base bound.
  let bound: Double
  let isCubic: Bool
  let blockLength: Int
  let anchorDistance: Int
  let anchorCount: Int
  /// Coarsest first.
  let levels: [Level]
  /// Distance of the tiles; each takes the first element of the next one as well.
  let tileSpan: Int

  /// Tiles are at least this long: shorter ones are slow, ones that outgrow the second-level cache too.
  private static let shortestTile = 1 << 15

  /// An anchor distance that the array does not reach counts as none.
  init(_ scheme: SZ3Interpolation, count: Int, bound: Double) {
    self.count = count
    self.bound = bound
    isCubic = scheme.isCubic
    blockLength = scheme.blockLength
    let distance = scheme.anchorDistance < count ? scheme.anchorDistance : 0
    anchorDistance = distance
    anchorCount = distance == 0 ? 0 : (count - 1) / distance + 1

    let top = distance == 0 ? Int.bitWidth - (count - 1).leadingZeroBitCount : distance.trailingZeroBitCount
    var nextCode = max(anchorCount, 1)
    levels = (0..<top).map { index in
      let level = top - index
      let step = 1 << (level - 1)
      let codes = nextCode..<nextCode + Self.codeCount(of: step, count: count)
      nextCode = codes.upperBound
      return Level(step: step, bound: scheme.bound(bound, level: level), codes: codes)
    }
    let topSpan = SZ3Grid.span(of: scheme.blockLength, step: max(distance / 2, 1), count: count)
    tileSpan = distance == 0 ? count : topSpan * max(1, Self.shortestTile / topSpan)
  }

  /// Elements from block to block; `count` where one block is all.
  private static func span(of blockLength: Int, step: Int, count: Int) -> Int {
    let (span, overflow) = blockLength.multipliedReportingOverflow(by: step)
    return overflow ? count : min(span, count)
  }

  /// The elements of each tile, those it shares with the next one included.
  var tiles: some Sequence<Range<Int>> {
    stride(from: 0, to: count, by: tileSpan).lazy.map { [count, tileSpan] start in
      start..<(tileSpan < count - start ? start + tileSpan + 1 : count)
    }
  }

  /// The codes of `level` that a tile takes.
  func codeRange(of level: Level, tile: Range<Int>) -> Range<Int> {
    let first = level.codes.lowerBound + tile.lowerBound / (2 * level.step)
    return first..<first + Self.codeCount(of: level.step, count: tile.count)
  }

  /// Multiples of the step that are none of the double step; 0 is one of both.
  private static func codeCount(of step: Int, count: Int) -> Int {
    (count - 1) / step - (count - 1) / (2 * step)
  }

  /// Lets `coder` make the elements of `level` in a tile.
  @inline(__always)
  func traverse<Coder: SZ3Coder & ~Copyable & ~Escapable>(
    _ level: Level, of tile: inout SZ3Elements<Coder.Element>, _ coder: inout Coder
  ) {
    let step = level.step
    let span = Self.span(of: blockLength, step: step, count: tile.count)
    let last = tile.count - 1
    var start = 0
    while start < last {
      let end = span < last - start ? start + span : last
      let points = (end - start) / step + 1
      if isCubic && points >= 5 {
        Self.predictCubic(&tile, from: start, step, points, &coder)
      } else {
        Self.predictLinear(&tile, from: start, step, points, &coder)
      }
      if end == last { break }
      start = end
    }
  }

  @inline(__always)
  private static func predictLinear<Coder: SZ3Coder & ~Copyable & ~Escapable>(
    _ x: inout SZ3Elements<Coder.Element>, from start: Int, _ step: Int, _ points: Int, _ coder: inout Coder
  ) {
    let end = start + (points - 1) * step
    var i = start + step
    while i < end {
      x[i] = coder.code(x[i], prediction: (x[i - step] + x[i + step]) / 2)
      i += 2 * step
    }
    if points % 2 == 1 { return }
    let before = x[end - step]
    let prediction = points == 2 ? before : Coder.Element.extending(x[end - 3 * step], before)
    x[end] = coder.code(x[end], prediction: prediction)
  }

  /// The inner points first, then the ones near the block's borders.
  @inline(__always)
  private static func predictCubic<Coder: SZ3Coder & ~Copyable & ~Escapable>(
    _ x: inout SZ3Elements<Coder.Element>, from start: Int, _ step: Int, _ points: Int, _ coder: inout Coder
  ) {
    let end = start + (points - 1) * step
    var i = start + 3 * step
    var (a, b, c) = (x[start], x[start + 2 * step], x[start + 4 * step])
    while i < end - 2 * step {
      let d = x[i + 3 * step]
      x[i] = coder.code(x[i], prediction: (-a + 9 * b + 9 * c - d) / 16)
      (a, b, c) = (b, c, d)
      i += 2 * step
    }
    let head = start + step
    let headPrediction = (3 * x[start] + 6 * x[start + 2 * step] - x[start + 4 * step]) / 8
    x[head] = coder.code(x[head], prediction: headPrediction)
    x[i] = coder.code(x[i], prediction: (-x[i - 3 * step] + 6 * x[i - step] + 3 * x[i + step]) / 8)
    if points % 2 == 1 { return }
    let prediction = (3 * x[end - 5 * step] - 10 * x[end - 3 * step] + 15 * x[end - step]) / 8
    x[end] = coder.code(x[end], prediction: prediction)
  }
}

extension SZ3Element {
  /// The straight line through two elements two steps apart, one step on; in double precision.
  @inline(__always)
  fileprivate static func extending(_ a: Self, _ b: Self) -> Self {
    Self(rounding: -0.5 * a.widened + 1.5 * b.widened)
  }
}
