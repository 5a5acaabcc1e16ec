/// A scan that folds: carries what has been folded so far.
final class FoldScan: ScanState {
  private let loops: FoldScanLoops
  private let carried: Tensor

  init<Operation: Fold>(_ operation: Operation.Type, shape: [Int], working: ElementType) {
    loops = FoldScanLoops(operation, isFloat: working == .float32)
    carried = Tensor(Operation.valueType, shape)
    super.init(shape: shape, working: working)
    unsafe loops.clear(carried.start, carried.count)
  }

  private init(_ other: FoldScan) {
    loops = other.loops
    carried = Tensor(other.carried.elementType, other.shape)
    super.init(shape: other.shape, working: other.working)
    Copy.apply(other.carried, into: carried)
  }

  override func copy() -> ScanState { FoldScan(self) }

  /// Sums of float32 are carried in float64 and written as float32.
  override var resultType: ElementType { carried.elementType == .float64 ? working : carried.elementType }

  override func scan(_ input: Tensor, _ axis: Int, _ output: Tensor, _ position: [Int]) {
    ScanWalk(input, axis, output, position, shape).forEach { line in
      // Places in lines are within what is carried.
      unsafe loops.scan(carried.start + line.place * carried.elementType.size, line)
    }
  }
}

/// The loops of ``FoldScan``, made for a fold where it is named.
@safe
struct FoldScanLoops: Sendable {
  let clear: @Sendable (UnsafeMutableRawPointer, Int) -> Void
  /// Goes on from the values of the line's place.
  let scan: @Sendable (UnsafeMutableRawPointer, ScanWalk.Line) -> Void

  /// `isFloat` says that results are written as float32, which only differs from the values where they are float64.
  init<Operation: Fold>(_ operation: Operation.Type, isFloat: Bool) {
    typealias Value = Operation.Value
    unsafe clear = {
      unsafe $0.assumingMemoryBound(to: Value.self).initialize(repeating: Operation.identity, count: $1)
    }
    if isFloat && Operation.valueType == .float64 {
      unsafe scan = { unsafe Operation.scan($0.assumingMemoryBound(to: Value.self), $1) { Float($0 as! Double) } }
    } else {
      unsafe scan = { unsafe Operation.scan($0.assumingMemoryBound(to: Value.self), $1) { $0 } }
    }
  }
}

extension Fold {
  /// Folds the line on from `values`, and writes what has been folded at each element.
  @inline(__always)
  static func scan<Output: BitwiseCopyable>(
    _ values: UnsafeMutablePointer<Value>, _ line: ScanWalk.Line, _ lower: (Value) -> Output
  ) {
    let (size, outputSize) = (MemoryLayout<Element>.size, MemoryLayout<Output>.size)
    if line.placeStep == 0 {
      var value = unsafe values[0]
      for index in 0..<line.count {
        value = combine(value, lift(element(line, index &* line.inputStep)))
        unsafe line.output.storeBytes(of: lower(value), toByteOffset: index &* line.outputStep, as: Output.self)
      }
      unsafe values[0] = value
    } else if line.isDense(size, outputSize) {
      for index in 0..<line.count {
        let value = unsafe combine(values[index], lift(element(line, index &* size)))
        unsafe values[index] = value
        unsafe line.output.storeBytes(of: lower(value), toByteOffset: index &* outputSize, as: Output.self)
      }
    } else {
      for index in 0..<line.count {
        let place = index &* line.placeStep
        let value = unsafe combine(values[place], lift(element(line, index &* line.inputStep)))
        unsafe values[place] = value
        unsafe line.output.storeBytes(of: lower(value), toByteOffset: index &* line.outputStep, as: Output.self)
      }
    }
  }

  @inline(__always)
  private static func element(_ line: ScanWalk.Line, _ offset: Int) -> Element {
    unsafe line.input.loadUnaligned(fromByteOffset: offset, as: Element.self)
  }
}
