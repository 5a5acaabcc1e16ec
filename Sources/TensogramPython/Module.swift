import CPython
import Tensogram

/// The version of the wire format that this module reads and writes.
let wireVersion = 3

/// The entry point that `import tensogram._native` calls.
@_cdecl("PyInit__native")
public func makeModule() -> UnsafeMutablePointer<PyObject>? { unsafe PyModuleDef_Init(moduleDefinition) }

/// Fills a new module; its classes are shared by the whole process, so another interpreter cannot have them too.
private func fill(_ module: Borrowed) throws(PythonError) {
  guard unsafe PyInterpreterState_GetID(PyInterpreterState_Get()) == 0 else {
    throw .set(Borrowed.importError, "tensogram does not run in sub-interpreters: import it in the main interpreter")
  }
  try module.add("Metadata", MetadataType.type)
  try module.add("DataObjectDescriptor", DescriptorType.type)
  try module.add("TensogramFile", FileType.type)
  try module.add("TensogramFileIter", FileIterType.type)
  try module.add("AsyncTensogramFile", AsyncFileType.type)
  try module.add("AsyncTensogramFileIter", AsyncFileIterType.type)
  try module.add("MessageIter", MessageIterType.type)
  try module.add("StreamingEncoder", StreamingEncoderType.type)
  try module.add("StreamingFileEncoder", StreamingFileEncoderType.type)
  try module.add("ArrayNode", ArrayNodeType.type)
  try module.add("IntegrityError", IntegrityErrors.integrity)
  try module.add("MissingHashError", IntegrityErrors.missingHash)
  try module.add("HashMismatchError", IntegrityErrors.hashMismatch)
  try module.add("WIRE_VERSION", PythonObject(wireVersion))
  try module.add("__version__", PythonObject(text: Library.version))
}

extension Borrowed {
  fileprivate func add(_ name: String, _ value: borrowing some PythonReference & ~Copyable) throws(PythonError) {
    if unsafe PyModule_AddObjectRef(pointer, name, value.pointer) < 0 { throw .raised }
  }
}

/// What CPython wants to know of the module; lives as long as the process.
private nonisolated(unsafe) let moduleDefinition: UnsafeMutablePointer<PyModuleDef> = {
  let methods =
    EncodeFunctions.methods + DecodeFunctions.methods + ScanFunctions.methods + ValidateFunctions.methods
    + PackingFunctions.methods + DoctorFunctions.methods + PickleFunctions.methods + ArrayFunctions.methods
  let definition = UnsafeMutablePointer<PyModuleDef>.allocate(capacity: 1)
  unsafe definition.initialize(to: PyModuleDef())
  unsafe definition.pointee.m_base.ob_base.ob_refcnt = 1
  unsafe definition.pointee.m_name = permanentText("tensogram._native")
  unsafe definition.pointee.m_doc = permanentText("The core of tensogram, in Swift.")
  unsafe definition.pointee.m_size = 0
  unsafe definition.pointee.m_slots = moduleSlots
  unsafe definition.pointee.m_methods = Method.table(methods)
  return unsafe definition
}()

/// What CPython does with a new module.
private nonisolated(unsafe) let moduleSlots: UnsafeMutablePointer<PyModuleDef_Slot> = {
  let entry: @convention(c) (PyPointer?) -> Int32 = { module in
    guard let module = unsafe module else { return -1 }
    do { try fill(unsafe Borrowed(module)) } catch { return -1 }
    return 0
  }
  let slots = UnsafeMutablePointer<PyModuleDef_Slot>.allocate(capacity: 2)
  // CPython calls the function by its number, whatever its declared type.
  unsafe slots[0] = PyModuleDef_Slot(slot: Py_mod_exec, value: unsafeBitCast(entry, to: UnsafeMutableRawPointer.self))
  unsafe slots[1] = PyModuleDef_Slot(slot: 0, value: nil)
  return unsafe slots
}()
