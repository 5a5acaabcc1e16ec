import Testing

@testable import Tensogram

@Suite struct RemoteSourceTests {
  static let bytes = (0..<1 << 20).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }

  static func read(_ source: any ByteSource, _ range: Range<Int>) throws -> [UInt8] {
    try source.withBytes(range) { (bytes) throws(TensogramError) in bytes.array }
  }

  @Test func smallReadsNearEachOtherAreOneRequest() throws {
    let fetcher = CountingFetcher(Self.bytes)
    let source = fetcher.source(head: 100)
    for range in [500_000..<500_016, 499_000..<499_500, 505_000..<505_001, 0..<100] {
      #expect(try Self.read(source, range) == Array(Self.bytes[range]))
    }
    #expect(fetcher.requests.count == 1)
  }

  @Test func largeReadsAskForTheirBytesOnly() throws {
    let fetcher = CountingFetcher(Self.bytes)
    let source = fetcher.source()
    #expect(try Self.read(source, 200_000..<900_000) == Array(Self.bytes[200_000..<900_000]))
    #expect(fetcher.requests == [200_000..<900_000])
  }

  @Test(arguments: [-1..<5, 0..<Self.bytes.count + 1, Self.bytes.count..<Self.bytes.count + 1])
  func rangesOutside(_ range: Range<Int>) {
    let source = CountingFetcher(Self.bytes).source()
    #expect(throws: TensogramError.self) { try Self.read(source, range) }
  }

  @Test func heldRangesAreGotInOneRound() throws {
    let fetcher = CountingFetcher(Self.bytes)
    let source = fetcher.source()
    try source.hold([0..<10, 100_000..<100_100, 700_000..<700_100, 700_200..<700_300])
    #expect(fetcher.rounds == [[100_000..<100_100, 700_000..<700_300]])
    #expect(try Self.read(source, 700_150..<700_250) == Array(Self.bytes[700_150..<700_250]))
    #expect(fetcher.rounds.count == 1)
  }

  @Test func aPlanIsGotInOneRoundAndReadsBesideItWork() throws {
    let fetcher = CountingFetcher(Self.bytes)
    let source = try PlannedSource(fetcher.source(), [900_000..<900_010, 100_000..<200_000, 500_000..<500_001])
    #expect(fetcher.rounds == [[100_000..<200_000, 500_000..<500_001, 900_000..<900_010]])
    for range in [150_000..<160_000, 900_001..<900_005, 199_990..<210_000, 80_000..<600_000] {
      #expect(try Self.read(source, range) == Array(Self.bytes[range]))
    }
  }

  @Test(arguments: [false, true]) func aLargePlanIsGotInBatchesEitherWay(_ isReversed: Bool) throws {
    let size = 200 << 20
    let fetcher = CountingFetcher([UInt8](repeating: 7, count: size))
    let source = try PlannedSource(fetcher.source(head: 0), [0..<size])
    #expect(fetcher.rounds.isEmpty)
    let starts = Array(stride(from: 0, to: size, by: 1 << 20))
    for start in isReversed ? starts.reversed() : starts {
      #expect(try Self.read(source, start..<start + (1 << 20)).first == 7)
    }
    #expect(fetcher.requests.reduce(0) { $0 + $1.count } == size)
    #expect(fetcher.rounds.allSatisfy { $0.reduce(0) { $0 + $1.count } <= RequestPlan.largestBatch })
    #expect(fetcher.requests.allSatisfy { $0.count <= RequestPlan.largestRequest })
  }

  @Test func neighboursAreMergedAndFarOnesAreNot() {
    let gap = RequestPlan.largestGap
    #expect(RequestPlan.merged([20..<30, 0..<10, 5..<12, 40..<40]) == [0..<30])
    #expect(RequestPlan.merged([0..<10, 10 + gap + 1..<20 + gap]) == [0..<10, 11 + gap..<20 + gap])
    let requests = RequestPlan.requests(5..<5 + 3 * RequestPlan.largestRequest + 1)
    #expect(requests.count == 4 && requests.first?.lowerBound == 5)
    #expect(zip(requests, requests.dropFirst()).allSatisfy { $0.upperBound == $1.lowerBound })
  }
}
