/// A rectangle of a block's elements: rows whose elements follow one another.
@safe
struct ReductionPatch {
  let elements: UnsafeRawPointer
  let rows: Int
  let columns: Int
  /// Bytes from a row to the next.
  let rowStride: Int
  /// Whether each column goes to an element of the result of its own, else each row.
  let isVertical: Bool
  /// Index in the result: of the first column, the others follow; or of the first row.
  let accumulator: Int
  /// From a row to the next, where each has its own.
  let accumulatorStep: Int
  /// Flat index of the first element along the reduced axes, and what a row and a column add to it.
  let place: Int
  let placeStep: (row: Int, column: Int)

  func row(_ index: Int) -> UnsafeRawPointer { unsafe elements + index &* rowStride }
}

/// Walks through a block by patches, in an order that suits its memory.
///
/// Patches hold elements of the type that is computed with: what lies in memory so is handed over as it is, else a
/// buffer in the first-level cache.
@safe
struct ReductionWalk {
  /// Elements of a patch in a buffer, and of the row that is reduced at once.
  private static let capacity = 4096
  /// Columns, and rows, of a vertical patch: rows that memory is read fast by, while accumulators stay in the cache. Rows
  /// are numbered in the bits of the smallest element.
  private static let verticalColumns = 1024
  private static let verticalRows = 64

  private let type: ElementType
  private let working: ElementType
  private let start: UnsafeRawPointer
  /// Outer axes, the rows and the columns. Lanes: bytes of the block, index in the result, flat index.
  private let nest: LoopNest
  private let isVertical: Bool
  private let accumulator: Int
  private let place: Int

  init(
    _ block: Tensor, axes: [Int], origin: [Int], position: [Int], state: ReductionState, working: ElementType
  ) {
    let steps = Tensor.contiguousStrides(state.shape, 1)
    let places = Tensor.contiguousStrides(state.lengths, 1)
    var accumulators = [Int](repeating: 0, count: block.shape.count)
    var flat = accumulators
    for (index, axis) in axes.enumerated() { flat[axis] = places[index] }
    for (index, axis) in block.shape.indices.filter({ !axes.contains($0) }).enumerated() {
      accumulators[axis] = steps[index]
    }
    accumulator = zip(position, steps).reduce(0) { $0 + $1.0 * $1.1 }
    place = zip(origin, places).reduce(0) { $0 + $1.0 * $1.1 }
    type = block.elementType
    self.working = working
    unsafe start = UnsafeRawPointer(block.start)
    (nest, isVertical) = Self.arrange(LoopNest(block.shape, [block.strides, accumulators, flat]), size: type.size)
  }

  /// Moves the axes that become columns and rows to the end.
  private static func arrange(_ nest: LoopNest, size: Int) -> (LoopNest, isVertical: Bool) {
    let axes = nest.lengths.indices
    let isReduced = axes.map { nest.strides[$0][1] == 0 }
    let across = axes.last { nest.strides[$0][1] == 1 }
    let along = axes.last { isReduced[$0] }
    let last = axes.last
    let isVertical: Bool
    if let across, let along {
      // Short rows to reduce are better taken all at once, column by column; those of overlapping windows too.
      let overlaps = nest.strides[across][0] == size && nest.lengths[across] >= 64
      isVertical =
        across == last || !isReduced[last!] || overlaps
        || (nest.lengths[along] < 32 && nest.lengths[across] > nest.lengths[along])
    } else {
      isVertical = across != nil
    }
    let columns = isVertical ? across : along
    let rows = axes.last { $0 != columns && isReduced[$0] == isVertical }
    return (nest.moved(rows, columns), isVertical)
  }

  /// Calls `body` for patches that together hold each element once.
  func forEach(_ body: (ReductionPatch) -> Void) {
    let columnAxis = nest.lengths.count - 1
    let rowAxis = columnAxis - 1
    let (rowCount, columnCount) = (nest.lengths[rowAxis], nest.lengths[columnAxis])
    let isBuffered = working != type || (nest.strides[columnAxis][0] != type.size && columnCount > 1)
    let mostColumns = isBuffered ? Self.capacity / 8 : Self.verticalColumns
    let columns = min(columnCount, isVertical ? mostColumns : Self.capacity)
    let mostRows = isVertical ? Self.verticalRows : rowCount
    let rows = isBuffered ? max(1, min(mostRows, Self.capacity / columns)) : mostRows
    let buffer = TensorStorage(byteCount: isBuffered ? rows * columns * (type.size + working.size) : 0)
    nest.forEach(outer: rowAxis) { offsets in
      for row in stride(from: 0, to: rowCount, by: rows) {
        for column in stride(from: 0, to: columnCount, by: columns) {
          let first =
            offsets &+ nest.strides[rowAxis] &* SIMD4(repeating: row)
            &+ nest.strides[columnAxis] &* SIMD4(repeating: column)
          let size = (rows: min(rows, rowCount - row), columns: min(columns, columnCount - column))
          body(patch(first, size.rows, size.columns, isBuffered ? buffer : nil))
        }
      }
    }
  }

  private func patch(_ first: SIMD4<Int>, _ rows: Int, _ columns: Int, _ buffer: TensorStorage?) -> ReductionPatch {
    let (row, column) = (nest.strides[nest.strides.count - 2], nest.strides[nest.strides.count - 1])
    let source = unsafe start + first[0]
    let elements = unsafe buffer.map { unsafe UnsafeRawPointer(bring(source, rows, columns, $0)) } ?? source
    return unsafe ReductionPatch(
      elements: elements, rows: rows, columns: columns, rowStride: buffer == nil ? row[0] : columns * working.size,
      isVertical: isVertical, accumulator: accumulator + first[1], accumulatorStep: row[1], place: place + first[2],
      placeStep: (row[2], column[2]))
  }

  /// Copies a patch to the buffer, converted.
  private func bring(
    _ source: UnsafeRawPointer, _ rows: Int, _ columns: Int, _ buffer: TensorStorage
  ) -> UnsafeMutableRawPointer {
    let copied = StridedRows(
      elementSize: type.size, rows: rows, columns: columns,
      sourceStrides: (nest.strides[nest.strides.count - 2][0], nest.strides[nest.strides.count - 1][0]),
      targetStrides: (columns * type.size, type.size))
    unsafe copied.copy(source, buffer.memory)
    if working == type { return unsafe buffer.memory }
    let count = rows * columns
    let converted = unsafe buffer.memory + count * type.size
    let from = unsafe UnsafeRawPointer(buffer.memory)
    CastLoops.run(
      type, working, unsafe Packet(output: converted, first: from, second: from, third: from, count: count))
    return unsafe converted
  }
}
