import CPython
import Tensogram

/// `tensogram.doctor`: what this build is made of, and whether it works (contract §19).
enum DoctorFunctions {
  static let methods: [Method] = [
    Method(doctor, documentation) { _, given, count, names in
      call(doctor, given, count, names) { (_) throws(PythonError) in
        let results = try releasingGIL(work: .max) { () throws(TensogramError) in SelfTest.run() }
        let report = try PythonObject.dict()
        try report.set("build", build())
        let features = try features()
        try report.set(
          "features", .list(count: features.count) { (index) throws(PythonError) in try features[index].dict() })
        try report.set(
          "self_test", .list(count: results.count) { (index) throws(PythonError) in try dict(results[index]) })
        return report
      }
    }
  ]

  private static let doctor = Signature("doctor()")

  private static let documentation = """
    Tell what this build of tensogram is made of, and try everything out: a dict.

    ``build`` has versions and the machine it is for, ``features`` a dict for each codec and facility, ``on`` or ``off``
    with backend and version, ``self_test`` the outcome of each check: ``ok``, or ``failed`` with the ``reason``.
    """

  private static func build() throws(PythonError) -> PythonObject {
    let build = try PythonObject.dict()
    try build.set("version", PythonObject(text: Library.version))
    try build.set("wire_version", PythonObject(wireVersion))
    try build.set("target", PythonObject(text: target))
    try build.set("profile", PythonObject(text: profile))
    return build
  }

  private static func dict(_ result: SelfTest.Result) throws(PythonError) -> PythonObject {
    let dict = try PythonObject.dict()
    try dict.set("label", PythonObject(text: result.label))
    try dict.set("outcome", PythonObject(text: result.failure == nil ? "ok" : "failed"))
    if let failure = result.failure { try dict.set("reason", PythonObject(text: failure)) }
    return dict
  }

  private static var target: String {
    #if arch(x86_64)
      "x86_64-unknown-linux-gnu"
    #elseif arch(arm64)
      "aarch64-unknown-linux-gnu"
    #else
      "unknown-unknown-linux-gnu"
    #endif
  }

  private static var profile: String {
    #if DEBUG
      "debug"
    #else
      "release"
    #endif
  }

  private struct Feature {
    let name: String
    let kind: String
    /// What does the work; nil where nothing does.
    let backend: (name: String, version: String)?

    func dict() throws(PythonError) -> PythonObject {
      let dict = try PythonObject.dict()
      try dict.set("name", PythonObject(text: name))
      try dict.set("kind", PythonObject(text: kind))
      try dict.set("state", PythonObject(text: backend == nil ? "off" : "on"))
      guard let backend else { return dict }
      try dict.set("backend", PythonObject(text: backend.name))
      // One of the two words that callers know; neither says Swift.
      try dict.set("linkage", PythonObject(text: "ffi"))
      try dict.set("version", PythonObject(text: backend.version))
      return dict
    }
  }

  private static let own = (name: "Tensogram for Swift", version: Library.version)

  /// In the order and by the names that callers of the published package know.
  private static func features() throws(PythonError) -> [Feature] {
    let remote = try RemoteObject.backend()
    return [
      Feature(name: "szip", kind: "compression", backend: own),
      Feature(name: "szip-pure", kind: "compression", backend: nil),
      Feature(name: "zstd", kind: "compression", backend: ("libzstd", LinkedLibraries.zstd)),
      Feature(name: "zstd-pure", kind: "compression", backend: nil),
      Feature(name: "lz4", kind: "compression", backend: ("liblz4", LinkedLibraries.lz4)),
      Feature(name: "blosc2", kind: "compression", backend: ("libblosc2", LinkedLibraries.blosc2)),
      Feature(name: "zfp", kind: "compression", backend: ("libzfp", LinkedLibraries.zfp)),
      Feature(name: "sz3", kind: "compression", backend: own),
      Feature(name: "threads", kind: "threading", backend: own),
      Feature(name: "remote", kind: "io", backend: remote),
      Feature(name: "mmap", kind: "io", backend: own),
      Feature(name: "async", kind: "io", backend: own),
    ]
  }
}
