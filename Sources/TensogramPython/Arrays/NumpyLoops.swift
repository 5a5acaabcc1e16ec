import CPython
import TensogramArrays

private typealias Types = (input: TensogramArrays.ElementType, output: TensogramArrays.ElementType)

/// numpy's own loops for functions of real numbers: vectors where the processor has them, and numpy's values bit by bit.
final class NumpyLoops: FunctionLoops {
  private struct Key: Hashable {
    let operation: ElementwiseOperation
    let type: TensogramArrays.ElementType
  }

  private let loops: [Key: FunctionLoop]

  // Guarded by the GIL.
  nonisolated(unsafe) private static var loaded: NumpyLoops?

  /// Those of the numpy that is installed; imports it on first use.
  static func load() throws(PythonError) -> NumpyLoops {
    if let loops = unsafe loaded { return loops }
    let numpy = try PythonObject.module("numpy")
    let type = try numpy.attribute(InternedString("ufunc"))
    var loops: [Key: FunctionLoop] = [:]
    for operation in functions {
      let function = try numpy.attribute(InternedString(operation.rawValue))
      guard function.type.isIdentical(to: type) else { continue }
      let ufunc = try UFunc(function, type)
      for types in operation == .absolute ? magnitudes : reals {
        loops[Key(operation: operation, type: types.input)] = ufunc?.loop(types)
      }
    }
    let result = NumpyLoops(loops)
    unsafe loaded = result
    return result
  }

  private init(_ loops: [Key: FunctionLoop]) { self.loops = loops }

  func loop(of operation: ElementwiseOperation, _ type: TensogramArrays.ElementType) -> FunctionLoop? {
    loops[Key(operation: operation, type: type)]
  }

  private static let reals: [Types] = [(.float32, .float32), (.float64, .float64)]
  private static let magnitudes: [Types] = [(.complex64, .float32), (.complex128, .float64)]

  /// Those of which numpy has loops that are faster than the C library.
  private static let functions: [ElementwiseOperation] = [
    .sqrt, .cbrt, .exp, .exp2, .expm1, .log, .log2, .log10, .log1p, .sin, .cos, .tan, .arcsin, .arccos, .arctan, .sinh,
    .cosh,
    .tanh, .arcsinh, .arccosh, .arctanh, .power, .arctan2, .absolute,
  ]
}

/// What numpy's C interface tells of a ufunc, which lives as long as the process.
@safe private struct UFunc {
  private let head: UnsafePointer<CPython_UFunc>
  private let inputs: Int
  /// The types of each loop, as in `dd->d`.
  private let types: [String]

  /// Nil where what numpy tells Python of the ufunc is not what stands in its memory.
  init?(_ function: borrowing PythonObject, _ type: borrowing PythonObject) throws(PythonError) {
    let size = try type.attribute(InternedString("__basicsize__")).integer().value
    guard size >= (unsafe MemoryLayout<CPython_UFunc>.size) else { return nil }
    // The type is numpy's, and its objects are large enough.
    unsafe head = UnsafeRawPointer(function.pointer).assumingMemoryBound(to: CPython_UFunc.self)
    inputs = try function.attribute(InternedString("nin")).integer().value
    var types: [String] = []
    try function.attribute(InternedString("types")).forEachItem { item throws(PythonError) in
      types.append(try item.text())
    }
    self.types = types
    let outputs = try function.attribute(InternedString("nout")).integer().value
    let told = [inputs, outputs, inputs + outputs, types.count]
    let found = unsafe [head.pointee.nin, head.pointee.nout, head.pointee.nargs, head.pointee.ntypes].map(Int.init)
    guard told == found, outputs == 1, (1...2).contains(inputs) else { return nil }
  }

  /// The loop for inputs of one type.
  func loop(_ types: Types) -> FunctionLoop? {
    guard let input = Self.letters[types.input], let output = Self.letters[types.output] else { return nil }
    let wanted = String(repeating: input, count: inputs) + "->" + output
    guard let place = self.types.firstIndex(of: wanted), let function = unsafe head.pointee.functions[place] else {
      return nil
    }
    let strides = [Int](repeating: types.input.size, count: inputs) + [types.output.size]
    let call = unsafe UFuncCall(function: function, data: head.pointee.data[place], strides: strides)
    return { packet in call(packet) }
  }

  private static let letters: [TensogramArrays.ElementType: String] = [
    .float32: "f", .float64: "d", .complex64: "F", .complex128: "D",
  ]
}

/// One inner loop of a ufunc. It needs no GIL, for it only computes.
@safe private struct UFuncCall: @unchecked Sendable {
  let function: CPython_UFuncLoop
  let data: UnsafeMutableRawPointer?
  /// From an element of each operand to the next; the last is the output.
  let strides: [Int]

  func callAsFunction(_ packet: Packet) {
    // Inputs are only read.
    let sources = unsafe [packet.first, packet.second].prefix(strides.count - 1).map {
      unsafe UnsafeMutableRawPointer(mutating: $0)
    }
    var operands = unsafe (sources + [packet.output]).map { unsafe Optional($0.assumingMemoryBound(to: CChar.self)) }
    unsafe withUnsafePointer(to: packet.count) { unsafe function(&operands, $0, strides, data) }
  }
}
