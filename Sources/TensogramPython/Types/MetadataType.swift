import CPython
import Tensogram

/// `tensogram.Metadata`: what a message says about itself, as a read-only mapping (contract §6.1).
///
/// Values become Python objects when they are asked for, see ``Instance``.
enum MetadataType {
  static func wrap(_ metadata: Metadata) throws(PythonError) -> PythonObject { try type.wrap(Instance(metadata)) }

  static let type: NativeType<Instance> = NativeType(
    "tensogram.Metadata", documentation, methods: methods,
    properties: [
      Property("version", "The version of the wire format, 3.") { _, _ in
        answer { () throws(PythonError) in try PythonObject(wireVersion) }
      },
      Property("base", "A dict per data object, with all application metadata of that object.") { object, _ in
        making(object) { (instance) throws(PythonError) in try instance.base().deepCopy() }
      },
      Property("extra", "Annotations of the whole message.") { object, _ in
        making(object) { (instance) throws(PythonError) in try instance.extra().deepCopy() }
      },
      Property("reserved", "What the library recorded when the message was written: encoder, time, uuid.") {
        object, _ in
        making(object) { (instance) throws(PythonError) in try instance.reserved().deepCopy() }
      },
      Property("num_objects", "How many entries ``base`` has, one per data object.") { object, _ in
        reading(object) { (metadata) throws(PythonError) in try PythonObject(metadata.base.count) }
      },
    ],
    slots: [
      .representation { object in
        reading(object) { (metadata) throws(PythonError) in try PythonObject(text: metadata.representation) }
      },
      .length { object in (try? type.instance(object).entries().count()) ?? -1 },
      .iterator { object in
        making(object) { (instance) throws(PythonError) in try instance.entries().dictKeys().iterator() }
      },
      .contains { object, key in
        guard let key = unsafe key, let name = try? unsafe Borrowed(key).metadataKey() else { return -1 }
        return type.instance(object).metadata.value(of: name) == nil ? 0 : 1
      },
      .item { object, key in
        making(object) { (instance) throws(PythonError) in
          guard let key = unsafe key else { throw .raised }
          let name = unsafe Borrowed(key)
          guard let value = try instance.value(of: name) else { throw .key(name) }
          return value
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
      call(get, object, given, count, names) { (instance, arguments) throws(PythonError) in
        if let value = try instance.value(of: arguments.required(0)) { return value }
        return try arguments.object(1)
      }
    },
    Method(keys, "The keys, as a list; each once, where it is first found.") { object, given, count, names in
      call(keys, object, given, count, names) { (instance, _) throws(PythonError) in
        try instance.entries().dictKeys()
      }
    },
    Method(values, "The values, as a list in the order of ``keys()``.") { object, given, count, names in
      call(values, object, given, count, names) { (instance, _) throws(PythonError) in
        try instance.entries().deepCopy().dictValues()
      }
    },
    Method(items, "``(key, value)`` tuples, as a list in the order of ``keys()``.") { object, given, count, names in
      call(items, object, given, count, names) { (instance, _) throws(PythonError) in
        try instance.entries().deepCopy().dictItems()
      }
    },
    Method(hasPath, "Whether a dotted path leads to a value, in any object's entry or in ``extra``.") {
      object, given, count, names in
      call(hasPath, object, given, count, names) { (instance, arguments) throws(PythonError) in
        PythonObject(instance.metadata.value(at: try arguments.text(0)) != nil)
      }
    },
    Method(getPath, "The value at a dotted path, or ``default`` where it leads nowhere.") {
      object, given, count, names in
      call(getPath, object, given, count, names) { (instance, arguments) throws(PythonError) in
        let value = instance.metadata.value(at: try arguments.text(0))
        return try PythonObject(value, else: arguments.object(1))
      }
    },
    Method(hasPathAt, "Whether a dotted path leads to a value in the entry of object ``obj``.") {
      object, given, count, names in
      call(hasPathAt, object, given, count, names) { (instance, arguments) throws(PythonError) in
        PythonObject(instance.metadata.value(at: try arguments.text(1), inObject: try arguments.index(0)) != nil)
      }
    },
    Method(getPathAt, "The value at a dotted path in the entry of object ``obj``, or ``default``.") {
      object, given, count, names in
      call(getPathAt, object, given, count, names) { (instance, arguments) throws(PythonError) in
        let value = instance.metadata.value(at: try arguments.text(1), inObject: try arguments.index(0))
        return try PythonObject(value, else: arguments.object(2))
      }
    },
    Method(reduce, "How to pickle it.") { object, given, count, names in
      call(reduce, object, given, count, names) { (instance, _) throws(PythonError) in
        try .pickled(instance.metadata.cbor, by: "_metadata_from_cbor")
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

  @safe private static func making(
    _ object: PyPointer?, _ body: (Instance) throws(PythonError) -> PythonObject
  ) -> PyPointer? {
    TensogramPython.answer { () throws(PythonError) in try body(type.instance(object)) }
  }

  @safe private static func call(
    _ signature: Signature, _ object: PyPointer?, _ given: UnsafePointer<PyPointer?>?, _ count: Int,
    _ names: PyPointer?, _ body: (Instance, borrowing Arguments) throws(PythonError) -> PythonObject
  ) -> PyPointer? {
    TensogramPython.call(signature, given, count, names) { (arguments) throws(PythonError) in
      try body(type.instance(object), arguments)
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
}
