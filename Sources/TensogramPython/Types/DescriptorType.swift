import CPython
import Tensogram

/// `tensogram.DataObjectDescriptor`: what a data object is and how its payload was made (contract §6.2).
enum DescriptorType {
  final class Instance: Sendable {
    let descriptor: DataObjectDescriptor
    init(_ descriptor: DataObjectDescriptor) { self.descriptor = descriptor }
  }

  static func wrap(_ descriptor: DataObjectDescriptor) throws(PythonError) -> PythonObject {
    try type.wrap(Instance(descriptor))
  }

  static func list(_ descriptors: [DataObjectDescriptor]) throws(PythonError) -> PythonObject {
    try .list(count: descriptors.count) { (index) throws(PythonError) in try wrap(descriptors[index]) }
  }

  static let type: NativeType<Instance> = NativeType(
    "tensogram.DataObjectDescriptor",
    "What a data object is and how its payload was made. Read-only; lists and dicts are new each time.",
    methods: [
      Method(reduce, "How to pickle it.") { object, given, count, names in
        call(reduce, given, count, names) { (_) throws(PythonError) in
          try .pickled(type.instance(object).descriptor.cbor, by: "_descriptor_from_cbor")
        }
      }
    ],
    properties: [
      Property("obj_type", "The kind of object, ``ntensor``.") { object, _ in text(object) { $0.type } },
      Property("dtype", "The element type by its name in the format.") { object, _ in text(object) { $0.dtype.rawValue }
      },
      Property("byte_order", "Of the payload's elements: ``big`` or ``little``.") { object, _ in
        text(object) { $0.byteOrder.rawValue }
      },
      Property("encoding", "First stage of the pipeline: ``none``, ``simple_packing``.") { object, _ in
        text(object) { $0.encoding }
      },
      Property("filter", "Second stage of the pipeline: ``none``, ``shuffle``.") { object, _ in
        text(object) { $0.filter }
      },
      Property("compression", "Last stage of the pipeline: ``none``, ``zstd``, ``szip``, …") { object, _ in
        text(object) { $0.compression }
      },
      Property("ndim", "The number of axes.") { object, _ in
        reading(object) { (descriptor) throws(PythonError) in try PythonObject(descriptor.shape.rank) }
      },
      Property("shape", "The extent along each axis, as a list.") { object, _ in
        reading(object) { (descriptor) throws(PythonError) in try .list(descriptor.shape.extents) }
      },
      Property("strides", "Elements to step over along each axis, as a list; informative.") { object, _ in
        reading(object) { (descriptor) throws(PythonError) in try .list(descriptor.strides) }
      },
      Property("params", "Every other key of the descriptor: codec parameters and what the producer added.") {
        object, _ in
        reading(object) { (descriptor) throws(PythonError) in try PythonObject(sorting: descriptor.parameters) }
      },
      Property("hash", "Always None: hashes stand in the frames, see ``verify_hash``.") { _, _ in answer { .none } },
    ],
    slots: [
      .representation { object in
        text(object) {
          "DataObjectDescriptor(type='\($0.type)', shape=\(list($0.shape.extents)), dtype='\($0.dtype.rawValue)', "
            + "encoding='\($0.encoding)', filter='\($0.filter)', compression='\($0.compression)')"
        }
      }
    ])

  /// As `[3, 4]`; the description of a Swift array is many times slower.
  private static func list(_ extents: [Int]) -> String {
    "[" + extents.map { String($0) }.joined(separator: ", ") + "]"
  }

  private static let reduce = Signature("__reduce__()")

  @safe private static func reading(
    _ object: PyPointer?, _ body: (DataObjectDescriptor) throws(PythonError) -> PythonObject
  ) -> PyPointer? {
    TensogramPython.answer { () throws(PythonError) in try body(type.instance(object).descriptor) }
  }

  @safe private static func text(_ object: PyPointer?, _ text: (DataObjectDescriptor) -> String) -> PyPointer? {
    reading(object) { (descriptor) throws(PythonError) in try PythonObject(text: text(descriptor)) }
  }
}
