import Glibc
import Synchronization
import Testing

@testable import Tensogram

@Suite struct WorkersTests {
  final class Counter: Sendable {
    private let count = Atomic(0)
    func add() { count.add(1, ordering: .relaxed) }
    var value: Int { count.load(ordering: .relaxed) }
  }

  @Test(arguments: [0, 1, 2, 5, 1000], [0, 1, 2, 64, 100_000])
  func everyIndexOnce(count: Int, workers: Int) throws {
    let seen = Mutex([Int](repeating: 0, count: count))
    try Workers(workers).forEach(count) { index in seen.withLock { $0[index] += 1 } }
    #expect(seen.withLock { $0 } == [Int](repeating: 1, count: count))
  }

  @Test func nestedRunsFinish() throws {
    let sum = Counter()
    try Workers(8).forEach(20) { (_) throws(TensogramError) in
      try Workers(8).forEach(20) { (_) throws(TensogramError) in
        try Workers(8).forEach(20) { _ in sum.add() }
      }
    }
    #expect(sum.value == 8000)
  }

  @Test func lowestErrorIsThrown() throws {
    for _ in 0..<50 {
      let error = #expect(throws: TensogramError.self) {
        try Workers(2).forEach(2) { (index) throws(TensogramError) in
          throw .encoding("\(index)")
        }
      }
      #expect(error?.text == "0" || error?.text == "1")
    }
    let error = #expect(throws: TensogramError.self) {
      try Workers(1).forEach(10) { (index) throws(TensogramError) in
        if index >= 3 { throw .encoding("\(index)") }
      }
    }
    #expect(error?.text == "3")
  }

  @Test(arguments: [1, 4])
  func stopsOnRequest(workers: Int) throws {
    let done = Counter()
    let cancellation = Cancellation { done.value >= 3 }
    let error = #expect(throws: TensogramError.self) {
      try Workers(workers, cancellation: cancellation).forEach(1000) { _ in
        usleep(20_000)
        done.add()
      }
    }
    #expect(error?.kind == .cancelled)
    #expect(done.value < 50)
  }

  @Test func manyThreadsAtOnce() async {
    let sum = Counter()
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<50 {
        group.addTask { try? Workers(4).forEach(100) { _ in sum.add() } }
      }
    }
    #expect(sum.value == 5000)
  }
}
