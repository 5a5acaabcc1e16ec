import CPython
import Tensogram

/// The entry point that `import tensogram._native` calls.
@_cdecl("PyInit__native")
public func makeModule() -> UnsafeMutablePointer<PyObject>? {
  answer { () throws(PythonError) in
    let module = unsafe try PythonObject(PyModule_Create2(moduleDefinition, PYTHON_ABI_VERSION))
    try module.add("Metadata", MetadataType.type)
    try module.add("DataObjectDescriptor", DescriptorType.type)
    try module.add("TensogramFile", FileType.type)
    try module.add("TensogramFileIter", FileIterType.type)
    try module.add("AsyncTensogramFile", AsyncFileType.type)
    try module.add("AsyncTensogramFileIter", AsyncFileIterType.type)
    try module.add("MessageIter", MessageIterType.type)
    try module.add("StreamingEncoder", StreamingEncoderType.type)
    try module.add("StreamingFileEncoder", StreamingFileEncoderType.type)
    try module.add("IntegrityError", IntegrityErrors.integrity)
    try module.add("MissingHashError", IntegrityErrors.missingHash)
    try module.add("HashMismatchError", IntegrityErrors.hashMismatch)
    try module.add("WIRE_VERSION", PythonObject(wireVersion))
    try module.add("__version__", PythonObject(text: Library.version))
    return module
  }
}

extension PythonObject {
  fileprivate func add(_ name: String, _ value: borrowing some PythonReference & ~Copyable) throws(PythonError) {
    if unsafe PyModule_AddObjectRef(pointer, name, value.pointer) < 0 { throw .raised }
  }
}

/// What CPython wants to know of the module; lives as long as the process.
private nonisolated(unsafe) let moduleDefinition: UnsafeMutablePointer<PyModuleDef> = {
  let methods =
    EncodeFunctions.methods + DecodeFunctions.methods + ScanFunctions.methods + ValidateFunctions.methods
    + PackingFunctions.methods + DoctorFunctions.methods + PickleFunctions.methods
  let definition = UnsafeMutablePointer<PyModuleDef>.allocate(capacity: 1)
  unsafe definition.initialize(to: PyModuleDef())
  unsafe definition.pointee.m_base.ob_base.ob_refcnt = 1
  unsafe definition.pointee.m_name = permanentText("tensogram._native")
  unsafe definition.pointee.m_doc = permanentText("The core of tensogram, in Swift.")
  unsafe definition.pointee.m_size = -1
  unsafe definition.pointee.m_methods = Method.table(methods)
  return unsafe definition
}()
