import CPython

/// The parameters of a function as Python would write them, its text signature and its argument parser in one.
///
/// ```swift
/// Signature("scan(buf)")
/// Signature("iter_messages(buf, *, verify_hash=False)")
/// ```
/// Defaults have no commas or brackets in them; `*` starts the keyword-only ones.
struct Signature: Sendable {
  let function: String
  let parameters: [InternedString]
  /// How many may be given by position.
  let positional: Int
  /// How many have no default; they come first.
  let required: Int
  /// What stands between the brackets.
  let text: String

  init(_ signature: String) {
    let parts = signature.split(separator: "(", maxSplits: 1)
    function = String(parts[0])
    text = parts.count > 1 ? String(parts[1].dropLast()) : ""
    var parameters: [InternedString] = []
    var positional: Int?
    var required = 0
    for parameter in text.split(separator: ",") {
      let parameter = parameter.drop { $0 == " " }
      if parameter == "*" {
        positional = parameters.count
        continue
      }
      let name = parameter.prefix { $0 != "=" }
      if name.count == parameter.count { required += 1 }
      parameters.append(InternedString(String(name)))
    }
    precondition(parameters.count <= Arguments.capacity, "room for all arguments")
    self.parameters = parameters
    self.positional = positional ?? parameters.count
    self.required = required
  }

  /// Names in Python code are interned, so the first search mostly finds it.
  func place(of name: Borrowed) -> Int? {
    parameters.firstIndex { $0.isIdentical(to: name) } ?? parameters.firstIndex { $0.matches(name) }
  }

  func tooMany(_ given: Int) -> PythonError {
    .type("\(function)() takes at most \(positional) positional arguments, \(given) were given")
  }

  func unexpected(_ name: Borrowed) -> PythonError {
    .type("\(function)() got an unexpected keyword argument '\(name.textOrPlaceholder)'")
  }

  func repeated(_ place: Int) -> PythonError {
    .type("\(function)() got multiple values for argument '\(parameters[place].text)'")
  }

  func missing(_ place: Int) -> PythonError {
    .type("\(function)() missing required argument: '\(parameters[place].text)'")
  }
}
