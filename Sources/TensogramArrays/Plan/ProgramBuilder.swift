/// Writes a program: walks from the parts that are wanted back to what there is, without recursion.
struct ProgramBuilder {
  private let worker: Worker
  private(set) var program = Program()
  private var registers: [Request: Int] = [:]
  private var destinations: [Request: Tensor] = [:]
  private var stack: [Step] = []

  private enum Step {
    case visit(Request)
    case alias(Request, of: Request)
    case view(Request, of: Request, axes: [Int?])
    case part(Request, of: Request, Region)
    case evaluate(Request, inputs: [Request])
    case add(any Assembly, piece: Int, to: Int)
    case finish(any Assembly, Request, Int)
  }

  init(_ worker: Worker) { self.worker = worker }

  /// The register that will hold `request`; made right in `destination` where that is possible.
  mutating func add(_ request: Request, into destination: Tensor? = nil) throws -> Int {
    if let destination, registers[request] == nil { destinations[request] = destination }
    stack.append(.visit(request))
    while let step = stack.popLast() { try take(step) }
    return register(request)
  }

  /// Hands a part to `consumer` as soon as it is made.
  mutating func add(_ request: Request, into destination: Tensor?, consumer: any Consumer) throws {
    let register = try add(request, into: destination)
    program.instructions.append((.consume(consumer, register), nil))
  }

  /// The finished program, in which the registers `kept` hold their tensors to the end.
  mutating func finish(keeping kept: [Int] = []) -> Program {
    program.findLastUses(keeping: kept)
    return program
  }

  private func register(_ request: Request) -> Int {
    guard let register = registers[request] else { preconditionFailure("a part is used before it is made") }
    return register
  }

  private mutating func take(_ step: Step) throws {
    switch step {
    case .visit(let request): try visit(request)
    case .alias(let request, let source): registers[request] = register(source)
    case .view(let request, let source, let axes):
      emit(.view(of: register(source), axes: axes, shape: request.region.shape), for: request)
    case .part(let request, let source, let region):
      emit(.part(of: register(source), region), for: request)
    case .evaluate(let request, let inputs):
      emit(
        .evaluate(request, inputs: inputs.map(register), destination: destinations[request]), for: request)
    case .add(let assembly, let piece, let target):
      program.instructions.append(
        (.add(assembly, piece: piece, from: register(assembly.pieces[piece]), to: target), nil))
    case .finish(let assembly, let request, let target):
      program.instructions.append((.finish(assembly, request, target), nil))
      registers[request] = target
    }
  }

  private mutating func visit(_ request: Request) throws {
    if registers[request] != nil { return }
    switch try worker.recipe(request) {
    case .ready(let tensor): emit(.constant(tensor), for: request)
    case .same(let source):
      if let destination = destinations[request], registers[source] == nil { destinations[source] = destination }
      stack.append(.alias(request, of: source))
      stack.append(.visit(source))
    case .view(let source, let axes):
      if let destination = destinations[request]?.unmapped(axes, shape: source.region.shape),
        registers[source] == nil
      {
        destinations[source] = destination
      }
      stack.append(.view(request, of: source, axes: axes))
      stack.append(.visit(source))
    case .part(let source, let region):
      stack.append(.part(request, of: source, region))
      stack.append(.visit(source))
    case .evaluate(let inputs):
      stack.append(.evaluate(request, inputs: inputs))
      for input in inputs.reversed() { stack.append(.visit(input)) }
    case .assemble(let assembly): assemble(assembly, request)
    }
  }

  private mutating func assemble(_ assembly: any Assembly, _ request: Request) {
    let destination = destinations[request]
    let target = program.registerCount
    program.registerCount += 1
    program.instructions.append((.begin(assembly, request, destination: destination), target))
    stack.append(.finish(assembly, request, target))
    for (index, piece) in assembly.pieces.enumerated().reversed() {
      if let destination, registers[piece] == nil, destinations[piece] == nil {
        destinations[piece] = assembly.place(of: index, in: destination)
      }
      stack.append(.add(assembly, piece: index, to: target))
      stack.append(.visit(piece))
    }
  }

  private mutating func emit(_ instruction: Program.Instruction, for request: Request) {
    registers[request] = program.registerCount
    program.instructions.append((instruction, program.registerCount))
    program.registerCount += 1
  }
}

extension Tensor {
  /// With axis `i` being axis `axes[i]` of this one, repeated to `shape` where that has length 1 or there is none.
  func mapped(_ axes: [Int?], shape: [Int]) -> Tensor {
    let strides = zip(axes, shape).map { axis, length -> Int in
      guard let axis else { return 0 }
      return self.shape[axis] == length ? self.strides[axis] : 0
    }
    return Tensor(elementType, shape, strides: strides, offset: offset, storage: storage)
  }

  /// The tensor of `shape` of which this one is the mapped one; nil where elements are repeated.
  func unmapped(_ axes: [Int?], shape source: [Int]) -> Tensor? {
    var strides = [Int](repeating: 0, count: source.count)
    var isFound = source.map { $0 == 1 }
    for (own, axis) in axes.enumerated() {
      guard let axis else {
        if shape[own] != 1 { return nil }
        continue
      }
      if shape[own] != source[axis] { return nil }
      strides[axis] = self.strides[own]
      isFound[axis] = true
    }
    guard !isFound.contains(false) else { return nil }
    return Tensor(elementType, source, strides: strides, offset: offset, storage: storage)
  }
}
