import CPython
import Tensogram

/// What unpickling calls; not for users.
enum PickleFunctions {
  static let methods: [Method] = [
    Method(metadata, "Unpickle a Metadata.") { _, given, count, names in
      call(metadata, given, count, names) { (arguments) throws(PythonError) in
        let value = try CBORValue(pickle: arguments.required(0))
        return try MetadataType.wrap(core { () throws(TensogramError) in try Metadata(cbor: value) })
      }
    },
    Method(descriptor, "Unpickle a DataObjectDescriptor.") { _, given, count, names in
      call(descriptor, given, count, names) { (arguments) throws(PythonError) in
        let value = try CBORValue(pickle: arguments.required(0))
        return try DescriptorType.wrap(core { () throws(TensogramError) in try DataObjectDescriptor(cbor: value) })
      }
    },
    Method(file, "Unpickle a TensogramFile.") { _, given, count, names in
      call(file, given, count, names) { (arguments) throws(PythonError) in
        let path = try arguments.path(0)
        let file = try releasingGIL(work: .max) { () throws(TensogramError) in try TensogramFile(opening: path) }
        return try FileType.type.wrap(FileHandle(.local(file)))
      }
    },
  ]

  private static let metadata = Signature("_metadata_from_cbor(data)")
  private static let descriptor = Signature("_descriptor_from_cbor(data)")
  private static let file = Signature("_open_file(path)")
}
