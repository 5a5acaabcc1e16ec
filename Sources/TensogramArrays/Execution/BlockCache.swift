import Synchronization

/// Blocks of sources that several tasks of a run use, as many as fit a limit; the longest unused go first.
final class BlockCache: Sendable {
  private let limit: Int
  private let shared = Mutex<Set<Node>>([])
  private let state = Mutex(State())

  private struct State {
    var blocks: [Request: (tensor: Tensor, lastUse: Int)] = [:]
    var byteCount = 0
    var uses = 0
  }

  /// - Parameter limit: bytes of all blocks together.
  init(limit: Int) { self.limit = limit }

  /// Keeps blocks of `node` from now on.
  func share(_ node: Node) { _ = shared.withLock { $0.insert(node) } }

  private func isShared(_ node: Node) -> Bool { shared.withLock { $0.contains(node) } }

  func block(_ request: Request) -> Tensor? {
    guard isShared(request.node) else { return nil }
    return state.withLock { state in
      guard let (tensor, _) = state.blocks[request] else { return nil }
      state.uses += 1
      state.blocks[request] = (tensor, state.uses)
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
      state.uses += 1
      state.blocks[request] = (tensor, state.uses)
      state.byteCount += size
      while state.byteCount > limit, let oldest = state.blocks.min(by: { $0.value.lastUse < $1.value.lastUse }) {
        state.blocks[oldest.key] = nil
        state.byteCount -= oldest.value.tensor.byteCount
        dropped.append(oldest.value.tensor)
      }
    }
    withExtendedLifetime(dropped) {}
  }
}
