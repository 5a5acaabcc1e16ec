import Tensogram

/// A Python exception on its way through the core.
final class CarriedException: CallerError, @unchecked Sendable {
  private let exception: PythonException

  private init(_ exception: PythonException) { self.exception = exception }

  /// Sets it again; needs the GIL.
  func raise() -> PythonError { exception.restore() }

  /// Calls Python from code that runs without the GIL; an exception becomes an error of the core.
  static func from<Result>(_ body: () throws(PythonError) -> Result) throws(TensogramError) -> Result {
    do { return try GIL.calling(body) } catch {
      guard let exception = error as? PythonException else { throw .encoding("\(error)") }
      throw TensogramError(.caller(CarriedException(exception)), "a Python function raised")
    }
  }
}
