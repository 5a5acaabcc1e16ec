// Mean, standard deviation, minimum and maximum of a field over files and levels, in one pass over the files.
//
//     swift run -c release field-statistics step-0.tgm step-1.tgm …
//
// Takes every object with two dimensions or more, from the first message of each file: files are time steps, objects are
// levels. Without arguments it explains itself.

import Tensogram
import TensogramArrays

func field(in paths: [String]) throws -> LazyArray {
  let steps = try paths.map { path in
    let file = try TensogramFile(opening: path)
    let objects = try file.message(0).objects.filter { $0.descriptor.shape.rank >= 2 }
    return try LazyArray.stacked(objects.map { try LazyArray(storedIn: file, message: 0, object: $0.index) })
  }
  return try LazyArray.stacked(steps)
}

let paths = CommandLine.arguments.dropFirst()
if paths.isEmpty {
  print("usage: field-statistics FILE…, files whose first messages have fields of one shape")
} else {
  let field = try field(in: Array(paths))
  print(
    "\(field.shape.map(String.init).joined(separator: " × ")) \(field.elementType) in \(field.grid.blockCount) blocks")
  // Nothing has been read of the fields so far; this decodes each once.
  let statistics = try LazyArray.compute([field.mean(), field.std(), field.min(), field.max()])
  for (name, value) in zip(["mean", "std", "min", "max"], statistics) { print("\(name)\t\(value.numbers[0])") }
}
