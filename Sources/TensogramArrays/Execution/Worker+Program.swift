extension Worker {
  /// Runs a program; returns the tensor in register `result`, if that is asked for.
  @discardableResult
  func execute(_ program: Program) throws -> Tensor? { try executeAll(program, result: nil) }

  func execute(_ program: Program, result: Int) throws -> Tensor {
    guard let tensor = try executeAll(program, result: result) else {
      preconditionFailure("a program has no result in its register")
    }
    return tensor
  }

  private func executeAll(_ program: Program, result: Int?) throws -> Tensor? {
    var registers = [Tensor?](repeating: nil, count: program.registerCount)
    func tensor(_ register: Int) -> Tensor {
      guard let tensor = registers[register] else { preconditionFailure("a register is used before it is filled") }
      return tensor
    }
    for (position, (instruction, target)) in program.instructions.enumerated() {
      try run.check(self)
      switch instruction {
      case .constant(let tensor): registers[target!] = tensor
      case .view(let source, let axes, let shape): registers[target!] = tensor(source).mapped(axes, shape: shape)
      case .part(let source, let region): registers[target!] = tensor(source).selecting(region)
      case .evaluate(let request, let inputs, let destination):
        registers[target!] = try make(request) { try evaluate(request, inputs.map(tensor), destination) }
      case .begin(_, let request, let destination):
        registers[target!] = output(request.node.elementType, request.region.shape, destination)
      case .add(let assembly, let piece, let source, let target):
        try assembly.add(piece, tensor(source), to: tensor(target), in: self)
      case .finish(let assembly, let request, let target):
        try assembly.finish(tensor(target), in: self)
        keep(request, tensor(target))
      case .consume(let consumer, let source): try consumer.take(tensor(source), in: self)
      }
      for register in program.freed[position] {
        if let tensor = registers[register].take() { release(tensor) }
      }
    }
    return result.flatMap { registers[$0] }
  }

  /// Makes a part, or takes what is there meanwhile; of a unit that several tasks want one makes it, the others wait.
  private func make(_ request: Request, _ body: () throws -> Tensor) throws -> Tensor {
    if let existing = existing(request) { return existing }
    guard run.hasUnits, run.units(of: request.node) != nil, run.cache.isShared(request.node) else {
      let made = try body()
      keep(request, made)
      return made
    }
    while try !run.claims.begin(request, self) {
      if let existing = run.cache.block(request) { return existing }
    }
    defer { run.claims.end(request) }
    if let existing = run.cache.block(request) { return existing }
    let made = try body()
    keep(request, made)
    return made
  }

  private func evaluate(_ request: Request, _ inputs: [Tensor], _ destination: Tensor?) throws -> Tensor {
    let made: Tensor
    do {
      made = try request.node.operation.evaluate(
        request.region, of: request.node, from: inputs, in: self, into: destination)
    } catch let error as any NotedError {
      let block = request.node.grid.blocks(request.region).map { "\($0.lowerBound)" }.joined(separator: ", ")
      error.addNote("while computing block (\(block)) of \(request.node.operation.name)")
      throw error
    }
    guard made.shape == request.region.shape, made.elementType == request.node.elementType else {
      throw ArrayError(
        "\(request.node.operation.name) made \(made.elementType) of shape \(made.shape) where "
          + "\(request.node.elementType) of shape \(request.region.shape) was announced")
    }
    return made
  }
}
