/// The loops of a ``Fold``, made for its types where it is named.
///
/// Pointers are to as many values, or elements of a row, as are counted; values are aligned, rows need not be.
@safe
struct FoldLoops: Sendable {
  typealias Values = UnsafeMutableRawPointer
  typealias Row = UnsafeRawPointer

  let valueType: ElementType
  /// Sets values to the identity.
  let clear: @Sendable (Values, Int) -> Void
  /// Combines each value with the elements of a vertical patch in its column.
  let combineColumns: @Sendable (Values, ReductionPatch) -> Void
  /// Combines one value with all elements of the row.
  let combineRow: @Sendable (Values, Row, Int) -> Void
  /// Combines each value with the other at its place.
  let combineValues: @Sendable (Values, Values, Int) -> Void

  init<Operation: Fold>(_ operation: Operation.Type) {
    typealias Value = Operation.Value
    valueType = Operation.valueType
    unsafe clear = {
      unsafe $0.assumingMemoryBound(to: Value.self).initialize(repeating: Operation.identity, count: $1)
    }
    unsafe combineColumns = { values, patch in
      let values = unsafe values.assumingMemoryBound(to: Value.self)
      for row in 0..<patch.rows { unsafe Operation.combine(values, with: patch.row(row), patch.columns) }
    }
    unsafe combineRow = { values, row, count in
      let value = unsafe values.assumingMemoryBound(to: Value.self)
      unsafe value.pointee = Operation.combine(value.pointee, Operation.fold(row, count))
    }
    unsafe combineValues = { values, others, count in
      let values = unsafe values.assumingMemoryBound(to: Value.self)
      let others = unsafe others.assumingMemoryBound(to: Value.self)
      for index in 0..<count { unsafe values[index] = Operation.combine(values[index], others[index]) }
    }
  }
}

extension Fold {
  /// Combines each of `count` values with the element of the row at its place.
  @inline(__always)
  static func combine(_ values: UnsafeMutablePointer<Value>, with row: UnsafeRawPointer, _ count: Int) {
    for index in 0..<count {
      let element = unsafe row.loadUnaligned(fromByteOffset: index &* MemoryLayout<Element>.size, as: Element.self)
      unsafe values[index] = combine(values[index], lift(element))
    }
  }

  @inline(__always)
  static func fold(_ row: UnsafeRawPointer, _ count: Int) -> Value { unsafe foldByLanes(row, count) }

  @inline(__always)
  static func foldByLanes(_ row: UnsafeRawPointer, _ count: Int) -> Value {
    if count < Lanes.count {
      var value = identity
      for index in 0..<count {
        let element = unsafe row.loadUnaligned(fromByteOffset: index &* MemoryLayout<Element>.size, as: Element.self)
        value = combine(value, lift(element))
      }
      return value
    }
    return unsafe Lanes.fold(identity, combine) { values in
      // All elements are in the row.
      for start in stride(from: 0, through: count &- Lanes.count, by: Lanes.count) {
        unsafe combine(values, with: row + start &* MemoryLayout<Element>.size, Lanes.count)
      }
      let rest = count % Lanes.count
      unsafe combine(values, with: row + (count &- rest) &* MemoryLayout<Element>.size, rest)
    }
  }
}

/// Values that a row is folded to at first, so that none waits for the one before: the compiler makes vectors of them.
enum Lanes {
  static var count: Int { 64 }

  /// Gives `body` that many values, then combines them in pairs.
  @inline(__always)
  static func fold<Value: BitwiseCopyable>(
    _ identity: Value, _ combine: (Value, Value) -> Value, _ body: (UnsafeMutablePointer<Value>) -> Void
  ) -> Value {
    unsafe withUnsafeTemporaryAllocation(of: Value.self, capacity: 64) { buffer in
      // Room for exactly as many.
      let values = buffer.baseAddress!
      unsafe values.initialize(repeating: identity, count: 64)
      unsafe body(values)
      var width = 32
      while width > 0 {
        for lane in 0..<width { unsafe values[lane] = combine(values[lane], values[lane &+ width]) }
        width /= 2
      }
      return unsafe values[0]
    }
  }
}
