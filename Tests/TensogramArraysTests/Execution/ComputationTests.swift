import Synchronization
import Testing

@testable import TensogramArrays

/// What running promises: how often things are read, in what order, and what becomes of errors.
@Suite struct ComputationTests {
  /// An array that notes what is read of it.
  final class CountingReader: ExternalReader {
    let name = "counting"
    let plain: PlainArray
    let reads = Mutex<[Region]>([])

    init(_ plain: PlainArray) { self.plain = plain }

    func read(_ region: Region, shape: [Int], type: ElementType) throws -> Tensor {
      reads.withLock { $0.append(region) }
      let part = PlainArray(shape) { index in
        plain[zip(region.axes, index).map { $0.start + $1 * $0.step }]
      }
      return Tensor(part.numbers, shape: shape)
    }

    func lazy(_ chunks: [Int], isStrided: Bool = false) -> LazyArray {
      let axes = zip(plain.shape, chunks).map { AxisChunks(extent: $0, size: $1) }
      return LazyArray(.external(self, .float64, ChunkGrid(axes), isStrided: isStrided))
    }

    var readElements: Int { reads.withLock { $0.reduce(0) { $0 + $1.count } } }
    var readCount: Int { reads.withLock { $0.count } }
  }

  let plain = PlainArray([40, 30], seed: 7)

  @Test func readsEachBlockOnceForAllThatIsWanted() throws {
    let reader = CountingReader(plain)
    let array = reader.lazy([7, 30])
    _ = try LazyArray.compute([array.mean(), array.std(along: [0]), array.max(along: [1]), array + array])
    #expect(reader.readElements == plain.numbers.count)
    #expect(reader.readCount == 6)
  }

  @Test func readsNoMoreThanASelectionNeeds() throws {
    let reader = CountingReader(plain)
    _ = try reader.lazy([40, 30])[3..<5, 10..<20].compute()
    #expect(reader.reads.withLock { $0 } == [Region([3..<5, 10..<20])])
    let strided = CountingReader(plain)
    let part = Region([.init(start: 39, step: -13, count: 4), .init(0..<1)])
    _ = try strided.lazy([40, 30], isStrided: true).selecting(part).compute()
    #expect(strided.reads.withLock { $0 } == [part])
  }

  @Test func servesManySelectionsOfABlockFromOneRead() throws {
    let reader = CountingReader(plain)
    let array = reader.lazy([10, 30])
    let groups = (0..<12).map { group in (0..<40).filter { $0 % 12 == group } }
    let means = try groups.map { try array.taking($0, along: 0).mean(along: [0]) }
    let results = try LazyArray.compute(means)
    #expect(reader.readElements == plain.numbers.count)
    for (group, result) in zip(groups, results) {
      #expect(result.numbers[0] == group.reduce(0) { $0 + plain[[$1, 0]] } / Double(group.count))
    }
  }

  @Test func readsAgainRatherThanHoldAnArrayForTwoPasses() throws {
    let reader = CountingReader(plain)
    let array = reader.lazy([10, 30])
    var options = ComputeOptions()
    options.cacheLimit = 0
    _ = try (array - array.mean()).std().compute(options)
    #expect(reader.readElements == 2 * plain.numbers.count)
  }

  @Test func isTheSameToTheBitWhateverTheThreads() throws {
    let array = try PlainArray([400, 50], seed: 8).lazy([Array(repeating: 3, count: 133) + [1], [20, 30]])
    let results = try [1, 2, 2, 2].map { threads in
      var options = ComputeOptions()
      options.threads = threads
      return try LazyArray.compute([array.std(), array.sum(along: [0]), array.mean(along: [1])], options)
        .flatMap { $0.numbers.map(\.bitPattern) }
    }
    #expect(Set(results).count == 1)
  }

  struct Failure: Error, Equatable { var block: Int }

  final class FailingReader: ExternalReader {
    let name = "failing"
    let isBroken = Mutex(true)

    func read(_ region: Region, shape: [Int], type: ElementType) throws -> Tensor {
      if region.axes[0].start >= 4, isBroken.withLock({ $0 }) { throw Failure(block: region.axes[0].start) }
      return Tensor([Double](repeating: 1, count: shape.reduce(1, *)), shape: shape)
    }
  }

  @Test func anErrorOfASourceReachesTheCallerAndLeavesTheArrayUsable() throws {
    let reader = FailingReader()
    let array = LazyArray(.external(reader, .float64, ChunkGrid([AxisChunks(extent: 20, size: 2)]), isStrided: false))
    #expect(throws: Failure.self) { try array.sum().compute() }
    reader.isBroken.withLock { $0 = false }
    #expect(try array.sum().compute().numbers == [20])
  }

  @Test func stopsWhenItIsAskedTo() throws {
    struct Stop: Error {}
    let array = try PlainArray([2000, 100], seed: 1).lazy([Array(repeating: 1, count: 2000), [100]])
    var sum = array
    for _ in 0..<200 { sum = sum + array }
    var options = ComputeOptions()
    options.checkStop = { throw Stop() }
    #expect(throws: Stop.self) { try sum.compute(options) }
  }

  @Test func tellsItsProgress() throws {
    let last = Mutex((0, 0))
    var options = ComputeOptions()
    options.progress = { done, total in last.withLock { $0 = (done, total) } }
    _ = try PlainArray([8], seed: 1).lazy([[2, 2, 2, 2]]).compute(options)
    let (done, total) = last.withLock { $0 }
    #expect(done == 4 && total == 4)
  }

  final class Collector: BlockTarget {
    let blocks = Mutex<[Region: [Double]]>([:])

    func write(_ block: Tensor, at region: Region) {
      let numbers = block.numbers
      blocks.withLock { $0[region] = numbers }
    }
  }

  @Test func storesEachBlockOnce() throws {
    let collector = Collector()
    let array = try plain.lazy([[15, 25], [10, 10, 10]])
    try LazyArray.store([(array + array, collector)])
    let blocks = collector.blocks.withLock { $0 }
    #expect(blocks.count == 6)
    for (region, numbers) in blocks {
      let expected = PlainArray(region.shape) { index in
        2 * plain[zip(region.axes, index).map { $0.start + $1 }]
      }
      #expect(numbers == expected.numbers)
    }
  }

  @Test func warnsOfATaskThatAloneIsTooLarge() throws {
    let text = Mutex("")
    var options = ComputeOptions()
    options.memoryLimit = 1000
    options.warn = { warning in text.withLock { $0 = warning } }
    let reader = CountingReader(plain)
    _ = try reader.lazy([40, 30]).sum().compute(options)
    #expect(text.withLock { $0 }.contains("counting makes 9600 bytes at once, of shape [40, 30]"))
  }

  @Test func objectsNeedSomebodyWhoCountsTheirReferences() throws {
    let reader = CountingReader(plain)
    let objects = LazyArray(
      .external(reader, .object, ChunkGrid([AxisChunks(extent: 40, size: 10)]), isStrided: false))
    for arrays in try [[objects], [reader.lazy([7, 30]).mean(), objects]] {
      let error = #expect(throws: ArrayError.self) {
        let sinks = arrays.map { ($0.node, Computation.Sink.blocks(nil)) }
        try Computation(sinks, ComputeOptions())()
      }
      #expect(error?.description.contains("options.objectReferences") == true)
    }
    #expect(reader.readCount == 0)
  }

  /// A source that computes another lazy array while it is read.
  final class NestedReader: ExternalReader {
    let name = "nested"
    let inner: LazyArray

    init(_ inner: LazyArray) { self.inner = inner }

    func read(_ region: Region, shape: [Int], type: ElementType) throws -> Tensor {
      let sum = try inner.sum().compute().numbers[0]
      return Tensor([Double](repeating: sum, count: shape.reduce(1, *)), shape: shape)
    }
  }

  @Test func finishesWhenEveryThreadComputesInside() throws {
    var array = try PlainArray([16]) { _ in 1 }.lazy([Array(repeating: 2, count: 8)])
    for _ in 0..<3 {
      let reader = NestedReader(array)
      array = LazyArray(.external(reader, .float64, ChunkGrid([AxisChunks(extent: 8, size: 1)]), isStrided: false))
    }
    #expect(try array.sum().compute().numbers == [16 * 8 * 8 * 8])
  }
}
