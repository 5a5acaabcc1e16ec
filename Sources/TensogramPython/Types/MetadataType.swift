import CPython
import Tensogram

/// `tensogram.Metadata`: what a message says about itself, as a read-only mapping (contract §6.1).
///
/// Values become Python objects when they are asked for.
enum MetadataType {
  final class Instance: Sendable {
    let metadata: Metadata
    init(_ metadata: Metadata) { self.metadata = metadata }
  }

  static func wrap(_ metadata: Metadata) throws(PythonError) -> PythonObject { try type.wrap(Instance(metadata)) }

  static let type: NativeType<Instance> = NativeType(
    "tensogram.Metadata", documentation, methods: methods,
    properties: [
      Property("version", "The version of the wire format, 3.") { _, _ in
        answer { () throws(PythonError) in try PythonObject(wireVersion) }
      },
      Property("base", "A dict per data object, with all application metadata of that object.") { object, _ in
        reading(object) { (metadata) throws(PythonError) in
          try .list(count: metadata.base.count) { (index) throws(PythonError) in
            try PythonObject(sorting: metadata.base[index])
          }
        }
      },
      Property("extra", "Annotations of the whole message.") { object, _ in
        reading(object) { (metadata) throws(PythonError) in try PythonObject(sorting: metadata.extra) }
      },
      Property("reserved", "What the library recorded when the message was written: encoder, time, uuid.") {
        object, _ in
        reading(object) { (metadata) throws(PythonError) in try PythonObject(sorting: metadata.reserved) }
      },
      Property("num_objects", "How many entries ``base`` has, one per data object.") { object, _ in
        reading(object) { (metadata) throws(PythonError) in try PythonObject(metadata.base.count) }
      },
    ],
    slots: [
      .representation { object in
        reading(object) { (metadata) throws(PythonError) in try PythonObject(text: metadata.representation) }
      },
      .length { object in
        let count = try? type.instance(object).metadata.flattened(withValues: false).count()
        return count ?? -1
      },
      .iterator { object in
        reading(object) { (metadata) throws(PythonError) in
          try metadata.flattened(withValues: false).iterator()
        }
      },
      .contains { object, key in
        guard let key = unsafe key, let name = try? unsafe Borrowed(key).metadataKey() else { return -1 }
        return type.instance(object).metadata.value(of: name) == nil ? 0 : 1
      },
      .item { object, key in
        reading(object) { (metadata) throws(PythonError) in
          guard let key = unsafe key else { throw .raised }
          let name = unsafe Borrowed(key)
          guard let value = try metadata.value(of: name.metadataKey()) else { throw .key(name) }
          return try PythonObject(value)
        }
      },
    ], isMapping: true)

  private static let documentation = """
    What a message says about itself and its objects, as a read-only mapping.

    Keys are looked up in ``base[0]``, ``base[1]``, … and then in ``extra``; the first entry found counts. Dotted paths
    go through nested dicts: ``meta.get_path("mars.param")``.
    """

  private static let methods: [Method] = [
    Method(get, "The value of a key, or ``default`` where there is none.") { object, given, count, names in
      call(get, object, given, count, names) { (metadata, arguments) throws(PythonError) in
        let value = try metadata.value(of: arguments.required(0).metadataKey())
        return try PythonObject(value, else: arguments.object(1))
      }
    },
    Method(keys, "The keys, as a list; each once, where it is first found.") { object, given, count, names in
      call(keys, object, given, count, names) { (metadata, _) throws(PythonError) in
        try metadata.flattened(withValues: false).dictKeys()
      }
    },
    Method(values, "The values, as a list in the order of ``keys()``.") { object, given, count, names in
      call(values, object, given, count, names) { (metadata, _) throws(PythonError) in
        try metadata.flattened(withValues: true).dictValues()
      }
    },
    Method(items, "``(key, value)`` tuples, as a list in the order of ``keys()``.") { object, given, count, names in
      call(items, object, given, count, names) { (metadata, _) throws(PythonError) in
        try metadata.flattened(withValues: true).dictItems()
      }
    },
    Method(hasPath, "Whether a dotted path leads to a value, in any object's entry or in ``extra``.") {
      object, given, count, names in
      call(hasPath, object, given, count, names) { (metadata, arguments) throws(PythonError) in
        PythonObject(metadata.value(at: try arguments.text(0)) != nil)
      }
    },
    Method(getPath, "The value at a dotted path, or ``default`` where it leads nowhere.") {
      object, given, count, names in
      call(getPath, object, given, count, names) { (metadata, arguments) throws(PythonError) in
        let value = metadata.value(at: try arguments.text(0))
        return try PythonObject(value, else: arguments.object(1))
      }
    },
    Method(hasPathAt, "Whether a dotted path leads to a value in the entry of object ``obj``.") {
      object, given, count, names in
      call(hasPathAt, object, given, count, names) { (metadata, arguments) throws(PythonError) in
        PythonObject(metadata.value(at: try arguments.text(1), inObject: try arguments.index(0)) != nil)
      }
    },
    Method(getPathAt, "The value at a dotted path in the entry of object ``obj``, or ``default``.") {
      object, given, count, names in
      call(getPathAt, object, given, count, names) { (metadata, arguments) throws(PythonError) in
        let value = metadata.value(at: try arguments.text(1), inObject: try arguments.index(0))
        return try PythonObject(value, else: arguments.object(2))
      }
    },
    Method(reduce, "How to pickle it.") { object, given, count, names in
      call(reduce, object, given, count, names) { (metadata, _) throws(PythonError) in
        try .pickled(metadata.cbor, by: "_metadata_from_cbor")
      }
    },
  ]

  private static let get = Signature("get(key, default=None)")
  private static let keys = Signature("keys()")
  private static let values = Signature("values()")
  private static let items = Signature("items()")
  private static let hasPath = Signature("has_path(path)")
  private static let getPath = Signature("get_path(path, default=None)")
  private static let hasPathAt = Signature("has_path_at(obj, path)")
  private static let getPathAt = Signature("get_path_at(obj, path, default=None)")
  private static let reduce = Signature("__reduce__()")

  @safe private static func reading(
    _ object: PyPointer?, _ body: (Metadata) throws(PythonError) -> PythonObject
  ) -> PyPointer? {
    TensogramPython.answer { () throws(PythonError) in try body(type.instance(object).metadata) }
  }

  @safe private static func call(
    _ signature: Signature, _ object: PyPointer?, _ given: UnsafePointer<PyPointer?>?, _ count: Int,
    _ names: PyPointer?, _ body: (Metadata, borrowing Arguments) throws(PythonError) -> PythonObject
  ) -> PyPointer? {
    TensogramPython.call(signature, given, count, names) { (arguments) throws(PythonError) in
      try body(type.instance(object).metadata, arguments)
    }
  }
}

extension PythonReference where Self: ~Copyable {
  /// A key of metadata; TypeError for anything but a str.
  fileprivate func metadataKey() throws(PythonError) -> String {
    guard isText else { throw .type("a metadata key must be a str, not \(typeName)") }
    return try text()
  }
}

extension Metadata {
  /// `Metadata(version=3, base_len=1, extra_keys=["a", "b"])`
  fileprivate var representation: String {
    let keys = extra.sortedEntries.map { "\"\($0.key.text ?? $0.key.kindName)\"" }.joined(separator: ", ")
    return "Metadata(version=\(wireVersion), base_len=\(base.count), extra_keys=[\(keys)])"
  }

  /// All keys with the values (or None) that they have where they are first found, as a dict.
  fileprivate func flattened(withValues: Bool) throws(PythonError) -> PythonObject {
    let dict = try PythonObject.dict()
    for (place, map) in (base + [extra]).enumerated() {
      for entry in map.sortedEntries {
        guard let name = entry.key.text, place == base.count || name != Name.reserved.text else { continue }
        let key = try PythonObject(text: name)
        if try dict.hasEntry(key) { continue }
        try dict.setItem(key, withValues ? PythonObject(entry.value) : .none)
      }
    }
    return dict
  }
}
