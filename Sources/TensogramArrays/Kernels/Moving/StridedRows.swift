/// Copies rows of elements between strided places: what all moving comes down to.
///
/// Elements are moved as integers of their size; those of unusual sizes byte by byte.
struct StridedRows {
  let elementSize: Int
  /// Rows, and elements in each.
  var rows = 1
  var columns: Int
  /// Bytes from a row to the next, and from an element to the next.
  var sourceStrides: (row: Int, column: Int)
  var targetStrides: (row: Int, column: Int)

  /// All elements must lie in memory of the caller's, and source and target must not overlap.
  func copy(_ source: UnsafeRawPointer, _ target: UnsafeMutableRawPointer) {
    switch elementSize {
    case 1: unsafe copy(source, target, as: UInt8.self)
    case 2: unsafe copy(source, target, as: UInt16.self)
    case 4: unsafe copy(source, target, as: UInt32.self)
    case 8: unsafe copy(source, target, as: UInt64.self)
    case 16: unsafe copy(source, target, as: SIMD2<UInt64>.self)
    default: unsafe copyBytes(source, target)
    }
  }

  @inline(__always)
  private func copy<Element: BitwiseCopyable>(
    _ source: UnsafeRawPointer, _ target: UnsafeMutableRawPointer, as type: Element.Type
  ) {
    let size = MemoryLayout<Element>.size
    for row in 0..<rows {
      let source = unsafe source + row &* sourceStrides.row
      let target = unsafe target + row &* targetStrides.row
      switch (sourceStrides.column, targetStrides.column) {
      case (size, size):
        unsafe target.copyMemory(from: source, byteCount: columns &* size)
      case (0, size):
        let value = unsafe source.loadUnaligned(as: Element.self)
        for column in 0..<columns {
          unsafe target.storeBytes(of: value, toByteOffset: column &* size, as: Element.self)
        }
      case (let stride, size):
        for column in 0..<columns {
          let value = unsafe source.loadUnaligned(fromByteOffset: column &* stride, as: Element.self)
          unsafe target.storeBytes(of: value, toByteOffset: column &* size, as: Element.self)
        }
      case (let sourceStride, let targetStride):
        for column in 0..<columns {
          let value = unsafe source.loadUnaligned(fromByteOffset: column &* sourceStride, as: Element.self)
          unsafe target.storeBytes(of: value, toByteOffset: column &* targetStride, as: Element.self)
        }
      }
    }
  }

  private func copyBytes(_ source: UnsafeRawPointer, _ target: UnsafeMutableRawPointer) {
    for row in 0..<rows {
      for column in 0..<columns {
        let source = unsafe source + (row &* sourceStrides.row &+ column &* sourceStrides.column)
        let target = unsafe target + (row &* targetStrides.row &+ column &* targetStrides.column)
        unsafe target.copyMemory(from: source, byteCount: elementSize)
      }
    }
  }
}
