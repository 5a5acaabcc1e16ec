import CPython
import Glibc
import Tensogram

extension PythonError {
  /// Raises an error of the core as the class that its kind has in Python (contract §2).
  init(_ error: TensogramError) {
    switch error.kind {
    case .missingHash, .hashMismatch: self = .integrity(error)
    case .system(ENOMEM): self = .memory(error.description)
    case .system(let code): self = .system(error, code)
    case .remote: self = .set(Borrowed.osError, error.description)
    case .caller(let error as CarriedException): self = error.raise()
    // What a signal handler has raised is set already.
    case .cancelled: self = unsafe PyErr_Occurred() == nil ? .runtime(error.description) : .raised
    default: self = .value(error.description)
    }
  }

  private static func integrity(_ error: TensogramError) -> PythonError {
    do {
      guard case .hashMismatch(let expected, let actual) = error.kind else {
        let instance = try IntegrityErrors.missingHash.call(.tuple(PythonObject(text: error.description)))
        try setObjectIndex(instance, error)
        set(IntegrityErrors.missingHash, instance)
        return .raised
      }
      let instance = try IntegrityErrors.hashMismatch.call(.tuple(PythonObject(text: error.description)))
      try setObjectIndex(instance, error)
      try instance.setAttribute(Name.expected, PythonObject(text: String(hexDigest: expected)))
      try instance.setAttribute(Name.actual, PythonObject(text: String(hexDigest: actual)))
      set(IntegrityErrors.hashMismatch, instance)
    } catch {}
    return .raised
  }

  private static func setObjectIndex(
    _ instance: borrowing PythonObject, _ error: TensogramError
  ) throws(PythonError) {
    let index = if let object = error.object { try PythonObject(object) } else { PythonObject.none }
    try instance.setAttribute(Name.objectIndex, index)
  }

  /// An OSError with number, reason and file, so that Python makes a FileNotFoundError and the like of it.
  private static func system(_ error: TensogramError, _ code: Int32) -> PythonError {
    let reason = unsafe String(cString: strerror(code))
    // The core ends with the system's own words where it has none of its own; Python puts the file behind them.
    let text = error.text.hasSuffix(reason) ? reason : error.text
    do {
      let file = if let file = error.file { try PythonObject(text: file) } else { PythonObject.none }
      set(Borrowed.osError, try PythonObject.tuple(PythonObject(Int(code)), PythonObject(text: text), file))
    } catch {}
    return .raised
  }
}

/// The exceptions for hashes that are missing or wrong. They are ValueErrors, as all that is wrong with bytes.
enum IntegrityErrors {
  static let integrity = make(
    "IntegrityError", "A hash that was to be verified is missing or wrong.", base: Borrowed.valueError)
  static let missingHash = make(
    "MissingHashError",
    "A data object has no hash to verify.\n\n``object_index`` is its number in the message.", base: integrity)
  static let hashMismatch = make(
    "HashMismatchError",
    "A data object is not what its hash was made of.\n\n``object_index`` is its number in the message, ``expected`` "
      + "the stored digest, ``actual`` the computed one, 16 hexadecimal digits each.", base: integrity)

  private static func make(
    _ name: String, _ documentation: String, base: some PythonReference
  ) -> PermanentObject {
    unsafe PermanentObject(
      PythonObject(owning: PyErr_NewExceptionWithDoc("tensogram.\(name)", documentation, base.pointer, nil)))
  }
}
