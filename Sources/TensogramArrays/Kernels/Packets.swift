/// A run of elements of an operation's operands, one after the other in memory, at any alignment.
@safe
package struct Packet {
  package let output: UnsafeMutableRawPointer
  /// As many as the operation has inputs; the others repeat the first.
  package let first: UnsafeRawPointer
  package let second: UnsafeRawPointer
  package let third: UnsafeRawPointer
  package let count: Int
}

/// Brings strided operands to loops that only know elements one after the other.
///
/// What lies in memory so is handed over as it is. Other inputs are copied to a buffer that stays in the first-level
/// cache, repeated values once for many packets; an output with other strides is scattered from one. So there is one
/// loop for each operation and type, and the compiler turns it into vectors.
struct Packets {
  /// Calls `body` for all elements. Inputs must have the output's shape, and nothing may be written to them.
  static func forEach(_ inputs: [Tensor], _ output: Tensor, _ body: (Packet) -> Void) {
    precondition(!inputs.isEmpty && inputs.count <= 3 && inputs.allSatisfy { $0.shape == output.shape })
    if output.shape.contains(0) { return }
    let packets = Packets([output] + inputs)
    packets.run(body)
  }

  /// Elements of a packet that is brought together in a buffer.
  private static let capacity = 1024

  private enum Way { case direct, repeated, copied }

  @safe
  private struct Operand {
    let start: UnsafeMutableRawPointer
    let size: Int
    let way: Way
    let buffer: UnsafeMutableRawPointer
  }

  private let nest: LoopNest
  private let operands: [Operand]
  /// Rows, those of the innermost axis, in a packet: more than one where they are short.
  private let rows: Int
  /// Elements of a row in a packet at most.
  private let columns: Int
  private let memory: TensorStorage

  private init(_ tensors: [Tensor]) {
    let nest = LoopNest(tensors[0].shape, tensors.map(\.strides))
    let length = nest.lengths.last ?? 1
    let inner = nest.strides.last ?? .zero
    let joins = nest.lengths.count > 1 && length < Self.capacity / 4
    let rows = joins ? min(Self.capacity / length, nest.lengths[nest.lengths.count - 2]) : 1
    let outer = joins ? nest.strides[nest.strides.count - 2] : .zero
    let ways = tensors.indices.map { index -> Way in
      let follows = rows == 1 || outer[index] == inner[index] * length
      if follows && (nest.lengths.isEmpty || inner[index] == tensors[index].elementType.size) { return .direct }
      return follows && inner[index] == 0 && index > 0 ? .repeated : .copied
    }
    let isBuffered = ways.contains { $0 != .direct }
    columns = isBuffered && rows == 1 ? min(length, Self.capacity) : length
    let sizes = tensors.map { $0.elementType.size * Self.capacity }
    memory = TensorStorage(byteCount: isBuffered ? sizes.reduce(0, +) : 0)
    var next = unsafe memory.memory
    operands = tensors.indices.map { index in
      defer { if ways[index] != .direct { unsafe next += sizes[index] } }
      return unsafe Operand(
        start: tensors[index].start, size: tensors[index].elementType.size, way: ways[index], buffer: next)
    }
    self.nest = nest
    self.rows = rows
  }

  private func run(_ body: (Packet) -> Void) {
    let last = nest.lengths.count - 1
    // The offset of the value that an operand's buffer repeats.
    var repeated = SIMD4<Int>(repeating: .min)
    if rows > 1 {
      nest.forEach(outer: last - 1) { offsets in
        for row in stride(from: 0, to: nest.lengths[last - 1], by: rows) {
          let start = offsets &+ nest.strides[last - 1] &* SIMD4(repeating: row)
          run(start, min(rows, nest.lengths[last - 1] - row), columns, &repeated, body)
        }
      }
    } else {
      let (length, step) = last >= 0 ? (nest.lengths[last], nest.strides[last]) : (1, .zero)
      nest.forEach(outer: max(last, 0)) { offsets in
        for column in stride(from: 0, to: length, by: columns) {
          run(offsets &+ step &* SIMD4(repeating: column), 1, min(columns, length - column), &repeated, body)
        }
      }
    }
  }

  /// One packet, whose first elements are at `start`.
  private func run(
    _ start: SIMD4<Int>, _ rows: Int, _ columns: Int, _ repeated: inout SIMD4<Int>, _ body: (Packet) -> Void
  ) {
    func input(_ index: Int) -> UnsafeRawPointer {
      let operand = operands[index]
      let source = unsafe UnsafeRawPointer(operand.start + start[index])
      switch operand.way {
      case .direct: return unsafe source
      case .repeated where repeated[index] == start[index]: break
      case .repeated:
        repeated[index] = start[index]
        // All of the buffer: later packets may be longer than this one.
        unsafe moving(index, operand.size, rows: 1, columns: self.rows * self.columns).copy(source, operand.buffer)
      case .copied: unsafe moving(index, operand.size, rows: rows, columns: columns).copy(source, operand.buffer)
      }
      return unsafe UnsafeRawPointer(operand.buffer)
    }
    let output = operands[0]
    let target = unsafe output.start + start[0]
    let isDirect = output.way == .direct
    let first = unsafe input(1)
    unsafe body(
      Packet(
        output: isDirect ? target : output.buffer, first: first, second: operands.count > 2 ? input(2) : first,
        third: operands.count > 3 ? input(3) : first, count: rows * columns))
    if !isDirect {
      var scatter = moving(0, output.size, rows: rows, columns: columns)
      swap(&scatter.sourceStrides, &scatter.targetStrides)
      unsafe scatter.copy(output.buffer, target)
    }
  }

  /// From an operand's elements to its buffer.
  private func moving(_ index: Int, _ size: Int, rows: Int, columns: Int) -> StridedRows {
    let last = nest.strides.count - 1
    return StridedRows(
      elementSize: size, rows: rows, columns: columns,
      sourceStrides: (rows > 1 ? nest.strides[last - 1][index] : 0, nest.strides[last][index]),
      targetStrides: (columns * size, size))
  }
}
