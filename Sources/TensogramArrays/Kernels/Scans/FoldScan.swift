/// A scan that folds: carries what has been folded so far.
final class FoldScan<Operation: Fold>: ScanState where Operation.Value: ScanValue {
  typealias Value = Operation.Value

  private let carried: Tensor

  override init(shape: [Int], working: ElementType) {
    carried = Tensor(Operation.valueType, shape)
    super.init(shape: shape, working: working)
    unsafe values.initialize(repeating: Operation.identity, count: carried.count)
  }

  override func copy() -> ScanState {
    let copy = FoldScan<Operation>(shape: shape, working: working)
    Copy.apply(carried, into: copy.carried)
    return copy
  }

  /// As many as the state has places.
  private var values: UnsafeMutablePointer<Value> { unsafe carried.start.assumingMemoryBound(to: Value.self) }

  /// Sums of float32 are carried in float64 and written as float32.
  override var resultType: ElementType { Operation.valueType == .float64 ? working : Operation.valueType }

  override func scan(_ input: Tensor, _ axis: Int, _ output: Tensor, _ position: [Int]) {
    let isFloat = output.elementType == .float32
    ScanWalk(input, axis, output, position, shape).forEach { line in
      if isFloat { run(line) { $0.asFloat } } else { run(line) { $0 } }
    }
  }

  @inline(__always)
  private func run<Output: BitwiseCopyable>(_ line: ScanWalk.Line, _ lower: (Value) -> Output) {
    let values = unsafe values + line.place
    let size = MemoryLayout<Operation.Element>.size
    if line.placeStep == 0 {
      var value = unsafe values[0]
      for index in 0..<line.count {
        value = Operation.combine(value, Operation.lift(unsafe element(line, index &* line.inputStep)))
        unsafe line.output.storeBytes(of: lower(value), toByteOffset: index &* line.outputStep, as: Output.self)
      }
      unsafe values[0] = value
    } else if line.placeStep == 1, line.inputStep == size, line.outputStep == MemoryLayout<Output>.size {
      for index in 0..<line.count {
        let value = Operation.combine(unsafe values[index], Operation.lift(unsafe element(line, index &* size)))
        unsafe values[index] = value
        unsafe line.output.storeBytes(
          of: lower(value), toByteOffset: index &* MemoryLayout<Output>.size, as: Output.self)
      }
    } else {
      for index in 0..<line.count {
        let place = index &* line.placeStep
        let element = unsafe element(line, index &* line.inputStep)
        let value = Operation.combine(unsafe values[place], Operation.lift(element))
        unsafe values[place] = value
        unsafe line.output.storeBytes(of: lower(value), toByteOffset: index &* line.outputStep, as: Output.self)
      }
    }
  }

  @inline(__always)
  private func element(_ line: ScanWalk.Line, _ offset: Int) -> Operation.Element {
    unsafe line.input.loadUnaligned(fromByteOffset: offset, as: Operation.Element.self)
  }
}

/// A value that a scan carries, which may have to be written as float32.
protocol ScanValue: BitwiseCopyable {
  var asFloat: Float { get }
}

extension ScanValue where Self: BinaryInteger {
  var asFloat: Float { Float(self) }
}

extension ScanValue where Self: BinaryFloatingPoint {
  @inline(__always) var asFloat: Float { Float(self) }
}

extension Int8: ScanValue {}
extension Int16: ScanValue {}
extension Int32: ScanValue {}
extension Int64: ScanValue {}
extension UInt8: ScanValue {}
extension UInt16: ScanValue {}
extension UInt32: ScanValue {}
extension UInt64: ScanValue {}
extension Float: ScanValue {}
extension Double: ScanValue {}
