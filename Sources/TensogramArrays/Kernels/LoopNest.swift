/// A loop over the elements of up to four operands of one shape, with as few axes as their strides allow.
///
/// Axes are ordered by the strides of operand 0, largest first, so that the innermost is the one that is written in order.
struct LoopNest {
  /// Elements along each axis, outermost first. Without axes it is one element.
  private(set) var lengths: [Int] = []
  /// Bytes from an element to the next, a lane for each operand.
  private(set) var strides: [SIMD4<Int>] = []

  /// `operands` holds the strides of each operand, in bytes. No length may be 0.
  init(_ shape: [Int], _ operands: [[Int]]) {
    var axes: [(length: Int, stride: SIMD4<Int>)] = []
    for axis in shape.indices where shape[axis] != 1 {
      var stride = SIMD4<Int>.zero
      for operand in operands.indices { stride[operand] = operands[operand][axis] }
      axes.append((shape[axis], stride))
    }
    Self.order(&axes)
    for axis in axes.reversed() {
      if let length = lengths.last, let inner = strides.last, axis.stride == inner &* SIMD4(repeating: length) {
        lengths[lengths.count - 1] *= axis.length
      } else {
        lengths.append(axis.length)
        strides.append(axis.stride)
      }
    }
    lengths.reverse()
    strides.reverse()
  }

  /// With two axes moved to the end; one that is nil becomes an axis of one element.
  func moved(_ rows: Int?, _ columns: Int?) -> LoopNest {
    var result = self
    let others = lengths.indices.filter { $0 != rows && $0 != columns }
    result.lengths = others.map { lengths[$0] } + [rows.map { lengths[$0] } ?? 1, columns.map { lengths[$0] } ?? 1]
    result.strides =
      others.map { strides[$0] } + [rows.map { strides[$0] } ?? .zero, columns.map { strides[$0] } ?? .zero]
    return result
  }

  /// Insertion sort, which keeps the order of equals; nearly always there is nothing to do.
  private static func order(_ axes: inout [(length: Int, stride: SIMD4<Int>)]) {
    for end in axes.indices.dropFirst() {
      var axis = end
      while axis > 0, abs(axes[axis - 1].stride[0]) < abs(axes[axis].stride[0]) {
        axes.swapAt(axis - 1, axis)
        axis -= 1
      }
    }
  }

  /// Calls `body` with the operands' byte offsets for each index of the first `axes` axes but `skipped`, in order.
  @inline(__always)
  func forEach(outer axes: Int, skipping skipped: Int? = nil, _ body: (SIMD4<Int>) -> Void) {
    var index = [Int](repeating: 0, count: axes)
    var offsets = SIMD4<Int>.zero
    while true {
      body(offsets)
      var axis = axes - 1
      while axis >= 0 {
        if axis == skipped {
          axis -= 1
          continue
        }
        index[axis] += 1
        offsets &+= strides[axis]
        if index[axis] < lengths[axis] { break }
        offsets &-= strides[axis] &* SIMD4(repeating: lengths[axis])
        index[axis] = 0
        axis -= 1
      }
      if axis < 0 { return }
    }
  }
}
