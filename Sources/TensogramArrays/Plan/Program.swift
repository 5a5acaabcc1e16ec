/// What is done with a part that a program makes.
protocol Consumer: AnyObject {
  func take(_ part: Tensor, in worker: Worker) throws
}

/// What one worker does to make parts of arrays: a list of instructions on registers, each of which holds a tensor.
///
/// Equal parts of equal nodes have one register. A register is freed behind the last instruction that uses it.
struct Program {
  enum Instruction {
    case constant(Tensor)
    case view(of: Int, axes: [Int?], shape: [Int])
    case part(of: Int, Region)
    case evaluate(Request, inputs: [Int], destination: Tensor?)
    case begin(any Assembly, Request, destination: Tensor?)
    case add(any Assembly, piece: Int, from: Int, to: Int)
    case finish(any Assembly, Request, Int)
    case consume(any Consumer, Int)
  }

  /// Instruction and the register it fills; nil where it adds to one.
  var instructions: [(instruction: Instruction, result: Int?)] = []
  var registerCount = 0
  /// The registers to free behind each instruction.
  var freed: [[Int]] = []

  /// The registers that an instruction reads.
  static func inputs(_ instruction: Instruction) -> [Int] {
    switch instruction {
    case .constant, .begin: []
    case .view(let source, _, _), .part(let source, _), .consume(_, let source): [source]
    case .evaluate(_, let inputs, _): inputs
    case .add(_, _, let source, let target): [source, target]
    case .finish(_, _, let target): [target]
    }
  }

  /// Finds out where registers are used last; those in `kept` never are.
  mutating func findLastUses(keeping kept: [Int]) {
    var isUsed = [Bool](repeating: false, count: registerCount)
    for register in kept { isUsed[register] = true }
    freed = [[Int]](repeating: [], count: instructions.count)
    for position in instructions.indices.reversed() {
      let (instruction, result) = instructions[position]
      for register in Self.inputs(instruction) + (result.map { [$0] } ?? []) where !isUsed[register] {
        isUsed[register] = true
        freed[position].append(register)
      }
    }
  }
}
