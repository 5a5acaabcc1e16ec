import Synchronization
import Testing

@testable import TensogramArrays

/// Loops of another library take the place of the C library's where operation, type and places fit.
@Suite struct FunctionLoopsTests {
  /// A logarithm that tells itself from others: it is off by 100.
  final class Marked: FunctionLoops {
    let packets = Mutex<[Int]>([])

    func loop(of operation: ElementwiseOperation, _ type: ElementType) -> FunctionLoop? {
      guard operation == .log, type == .float64 else { return nil }
      return { packet in
        self.packets.withLock { $0.append(packet.count) }
        packet.forEach(Double.self) { Double.call(.log, $0) + 100 }
      }
    }
  }

  static func log(_ input: Tensor) -> [Double] {
    let output = Tensor(.float64, input.shape)
    ElementwiseOperation.log.apply([input], into: output, by: Marked().loop(of: .log, .float64))
    return output.values()
  }

  @Test func operandsOfAnyLayoutAreBroughtToTheLoop() {
    for view in Tensor.views(.float64, [3, 4, 5]) where view.offset % 8 == 0 {
      let values: [Double] = view.values()
      #expect(Self.log(view) == values.map { Double.call(.log, $0) + 100 })
    }
  }

  @Test func oddPlacesAreForTheCLibrary() {
    let storage = TensorStorage(byteCount: 17)
    let odd = Tensor(.float64, [2], strides: [8], offset: 1, storage: storage)
    Copy.apply(Tensor([1.0, 1.0]), into: odd)
    #expect(Self.log(odd) == [0, 0])
  }

  @Test func aComputationUsesThem() throws {
    let marked = Marked()
    var options = ComputeOptions()
    options.functionLoops = marked
    let plain = PlainArray([40, 30]) { Double($0[0] * 30 + $0[1] + 1) }
    let array = ComputationTests.CountingReader(plain).lazy([7, 30])
    let functions: [ElementwiseOperation] = [.log, .sqrt]
    let found = try LazyArray.compute(functions.map { try .elementwise($0, array) }, options)
    #expect(found[0].values(Double.self) == plain.numbers.map { Double.call(.log, $0) + 100 })
    #expect(found[1].values(Double.self) == plain.numbers.map { $0.squareRoot() })
    #expect(marked.packets.withLock { $0.reduce(0, +) } == 1200)
  }
}
