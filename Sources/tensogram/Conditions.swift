import ArgumentParser
import Tensogram

/// What objects or messages have to be like.
struct Conditions: ParsableArguments {
  @Option(
    name: [.customShort("w"), .customLong("where")],
    help: ArgumentHelp(
      "Only those with this value; may be given several times, and then all count.", valueName: "key=value"))
  var wanted: [Condition] = []

  /// Whether an object's own metadata, or else the message's annotations, have all the values.
  func matches(_ metadata: Metadata, object: Int) -> Bool {
    wanted.allSatisfy { $0.matches(metadata.value(at: $0.path, ofObject: object)) }
  }

  /// Whether the message has all the values, in any of its objects or its annotations.
  func matches(_ metadata: Metadata) -> Bool {
    wanted.allSatisfy { condition in
      metadata.base.indices.contains { condition.matches(metadata.value(at: condition.path, inObject: $0)) }
        || condition.matches(metadata.value(at: "extra." + condition.path))
    }
  }
}

/// `mars.param=2t`
struct Condition: ExpressibleByArgument {
  let path: String
  let text: String

  init?(argument: String) {
    guard let sign = argument.firstIndex(of: "="), sign > argument.startIndex else { return nil }
    path = String(argument[..<sign])
    text = String(argument[argument.index(after: sign)...])
  }

  func matches(_ value: CBORValue?) -> Bool { value?.plainText == text }
}

extension Metadata {
  /// The value of an object's own entry, or else of the message's annotations.
  func value(at path: String, ofObject index: Int) -> CBORValue? {
    value(at: path, inObject: index) ?? value(at: "extra." + path)
  }

  /// What to call an object: the first of these keys that it has, as in the xarray engine.
  func name(ofObject index: Int) -> String {
    for path in ["name", "mars.param", "param", "mars.shortName", "shortName"] {
      if let value = value(at: path, inObject: index) { return value.plainText }
    }
    return "object_\(index)"
  }
}
