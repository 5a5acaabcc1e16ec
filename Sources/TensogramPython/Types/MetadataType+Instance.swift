import CPython
import Tensogram

extension MetadataType {
  /// The metadata of a message, and the Python objects that were made of it.
  ///
  /// These are made when they are first asked for and then kept: callers get copies of their dicts and lists, which is
  /// several times quicker than new ones. All of it needs the GIL.
  final class Instance: @unchecked Sendable {
    let metadata: Metadata
    private var keptBase: PermanentObject?
    private var keptExtra: PermanentObject?
    private var keptReserved: PermanentObject?
    private var keptEntries: PermanentObject?

    init(_ metadata: Metadata) { self.metadata = metadata }

    deinit {
      keptBase?.giveBack()
      keptExtra?.giveBack()
      keptReserved?.giveBack()
      keptEntries?.giveBack()
    }

    /// A list of a dict per object.
    func base() throws(PythonError) -> Borrowed {
      try kept(\.keptBase) { () throws(PythonError) in
        try .list(count: metadata.base.count) { (index) throws(PythonError) in
          try PythonObject(sorting: metadata.base[index])
        }
      }
    }

    /// The annotations, as a dict.
    func extra() throws(PythonError) -> Borrowed {
      try kept(\.keptExtra) { () throws(PythonError) in try PythonObject(sorting: metadata.extra) }
    }

    /// The library's provenance, as a dict.
    func reserved() throws(PythonError) -> Borrowed {
      try kept(\.keptReserved) { () throws(PythonError) in try PythonObject(sorting: metadata.reserved) }
    }

    /// All keys with the values that they have where they are first found, as a dict.
    func entries() throws(PythonError) -> Borrowed {
      try kept(\.keptEntries) { () throws(PythonError) in
        let all = try PythonObject.dict()
        let base = try base()
        for index in 0..<metadata.base.count {
          try all.addMissing(from: base.listItem(index)) { !Name.reserved.matches($0) }
        }
        try all.addMissing(from: extra()) { _ in true }
        return all
      }
    }

    /// The value of a key, with copies of its dicts and lists; nil where there is none.
    func value(of key: borrowing some PythonReference & ~Copyable) throws(PythonError) -> PythonObject? {
      guard key.isText else { throw .type("a metadata key must be a str, not \(key.typeName)") }
      if let entries = keptEntries { return try entries.entry(key)?.deepCopy() }
      // One key is found sooner than all are made.
      return try metadata.value(of: key.text()).map { (value) throws(PythonError) in try PythonObject(value) }
    }

    private func kept(
      _ place: ReferenceWritableKeyPath<Instance, PermanentObject?>,
      _ make: () throws(PythonError) -> PythonObject
    ) throws(PythonError) -> Borrowed {
      if let object = self[keyPath: place] { return object.borrowed }
      let made = try make()
      // Making it may have run the collector, and with it Python code that asked for the same.
      if let object = self[keyPath: place] { return object.borrowed }
      let object = PermanentObject(made)
      self[keyPath: place] = object
      return object.borrowed
    }
  }
}

extension PermanentObject {
  fileprivate var borrowed: Borrowed { unsafe Borrowed(pointer) }

  /// Lets it go after all: its owner is going.
  fileprivate func giveBack() { unsafe Py_DECREF(pointer) }
}

extension PythonReference where Self: ~Copyable {
  /// The same with new dicts and lists, however deep; their other items are shared. For what metadata became, which is
  /// nested 64 levels at most.
  func deepCopy() throws(PythonError) -> PythonObject {
    if isDict {
      let copy = unsafe try PythonObject(PyDict_Copy(pointer))
      try forEachEntry { key, value throws(PythonError) in
        if value.isDict || value.isList { try copy.setItem(key, value.deepCopy()) }
      }
      return copy
    }
    if isList {
      return try .list(count: count()) { (position) throws(PythonError) in try listItem(position).deepCopy() }
    }
    return PythonObject(self)
  }

  /// Adds the entries of another dict whose keys this dict does not have yet.
  fileprivate func addMissing(
    from other: borrowing some PythonReference & ~Copyable, where isWanted: (Borrowed) -> Bool
  ) throws(PythonError) {
    try other.forEachEntry { key, value throws(PythonError) in
      if isWanted(key.borrowed), try !hasEntry(key) { try setItem(key, value) }
    }
  }
}
