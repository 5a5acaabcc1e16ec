extension ChunkGrid {
  /// The grid of an elementwise result of `shape` on operands with these grids, which broadcast to it.
  ///
  /// Along each axis the blocks between all boundaries; an axis of length 1 follows the others. Where that makes more
  /// than twice the blocks of any operand, the boundaries of the largest operand alone.
  public static func unified(_ grids: [ChunkGrid], shape: [Int]) -> ChunkGrid {
    let refined = refinement(grids, shape)
    let most = grids.map { refinement([$0], shape).blockCount }.max() ?? 1
    if refined.blockCount <= 2 * most { return refined }
    let sizes = grids.map { $0.shape.reduce(1, *) }
    guard let largest = sizes.max(), let first = sizes.firstIndex(of: largest) else { return refined }
    let leading = grids[first]
    return ChunkGrid(
      shape.indices.map { axis in
        let own = axis - (shape.count - leading.axes.count)
        return own >= 0 && leading.axes[own].extent == shape[axis] && shape[axis] != 1
          ? leading.axes[own] : refined.axes[axis]
      })
  }

  private static func refinement(_ grids: [ChunkGrid], _ shape: [Int]) -> ChunkGrid {
    ChunkGrid(
      shape.indices.map { axis in
        let parts = grids.compactMap { grid -> AxisChunks? in
          let own = axis - (shape.count - grid.axes.count)
          return own >= 0 && grid.axes[own].extent == shape[axis] ? grid.axes[own] : nil
        }
        return parts.isEmpty ? AxisChunks(whole: shape[axis]) : AxisChunks.refinement(parts)
      })
  }
}
