import Synchronization

/// Blocks of sources that several tasks of a run use, as many as fit a limit; the longest unused go first.
final class BlockCache: Sendable {
  private let limit: Int
  private let shared = Mutex<Set<Node>>([])
  private let state = Mutex(State())

  private struct State {
    var blocks: [Request: (tensor: Tensor, lastUse: Int)] = [:]
    /// All uses in order; those that are not a block's last are passed over.
    var uses: [(request: Request, number: Int)] = []
    var firstUse = 0
    var useCount = 0
    var byteCount = 0

    mutating func use(_ request: Request, _ tensor: Tensor) {
      useCount += 1
      blocks[request] = (tensor, useCount)
      uses.append((request, useCount))
      if uses.count > 4 * blocks.count + 1024 {
        uses = uses[firstUse...].filter { blocks[$0.request]?.lastUse == $0.number }
        firstUse = 0
      }
    }

    /// Takes out the block whose last use is the longest ago.
    mutating func dropOldest() -> Tensor? {
      while firstUse < uses.count {
        let (request, number) = uses[firstUse]
        firstUse += 1
        if firstUse > uses.count / 2 {
          uses.removeFirst(firstUse)
          firstUse = 0
        }
        guard let (tensor, lastUse) = blocks[request], lastUse == number else { continue }
        blocks[request] = nil
        byteCount -= tensor.byteCount
        return tensor
      }
      return nil
    }
  }

  /// - Parameter limit: bytes of all blocks together.
  init(limit: Int) { self.limit = limit }

  /// Keeps blocks of `node` from now on.
  func share(_ node: Node) { _ = shared.withLock { $0.insert(node) } }

  func isShared(_ node: Node) -> Bool { shared.withLock { $0.contains(node) } }

  func block(_ request: Request) -> Tensor? {
    guard isShared(request.node) else { return nil }
    return state.withLock { state in
      guard let (tensor, _) = state.blocks[request] else { return nil }
      state.use(request, tensor)
      return tensor
    }
  }

  func keep(_ request: Request, _ tensor: Tensor) {
    let size = tensor.byteCount
    guard isShared(request.node), size <= limit else { return }
    // Dropped blocks are freed outside of the lock: that may call into the caller's language.
    var dropped: [Tensor] = []
    state.withLock { state in
      if state.blocks[request] != nil { return }
      state.use(request, tensor)
      state.byteCount += size
      while state.byteCount > limit, let oldest = state.dropOldest() { dropped.append(oldest) }
    }
    withExtendedLifetime(dropped) {}
  }
}
