import CPython

/// A Python class whose instances hold a Swift object each.
///
/// It cannot be subclassed, nor called unless it has a constructor slot; instances come from ``wrap(_:)`` and are equal by
/// identity.
@safe struct NativeType<Instance: AnyObject>: PythonReference, @unchecked Sendable {
  /// The class.
  let pointer: PyPointer

  /// - Parameters:
  ///   - name: with the module: `tensogram.Metadata`.
  ///   - slots: what operators and protocols call.
  ///   - isMapping: whether a `match` statement takes instances for mappings.
  ///
  /// Ends the process only where Python has no memory for a class, at import.
  init(
    _ name: String, _ documentation: String, methods: [Method], properties: [Property] = [],
    slots: [Slot] = [], isMapping: Bool = false
  ) {
    let release: destructor = { releaseInstance($0) }
    var all = unsafe slots.map { unsafe $0.definition }
    unsafe all += [
      PyType_Slot(slot: Py_tp_dealloc, pfunc: unsafeBitCast(release, to: UnsafeMutableRawPointer.self)),
      PyType_Slot(slot: Py_tp_doc, pfunc: UnsafeMutableRawPointer(mutating: permanentText(documentation))),
      PyType_Slot(slot: Py_tp_methods, pfunc: Method.table(methods)),
      PyType_Slot(slot: Py_tp_getset, pfunc: Property.table(properties)),
      PyType_Slot(slot: 0, pfunc: nil),
    ]
    var flags = CPython_closedTypeFlags()
    if !slots.contains(where: { unsafe $0.definition.slot == Py_tp_new }) { flags |= CPython_notCallableTypeFlag() }
    if isMapping { flags |= CPython_mappingTypeFlag() }
    let size = unsafe MemoryLayout<PyObject>.size + MemoryLayout<UnsafeRawPointer>.size
    let type = unsafe all.withUnsafeMutableBufferPointer { buffer -> PyPointer? in
      var specification = unsafe PyType_Spec(
        name: permanentText(name), basicsize: Int32(size), itemsize: 0, flags: flags,
        slots: buffer.baseAddress)
      return unsafe PyType_FromSpec(&specification)
    }
    guard let type = unsafe type else {
      unsafe Py_FatalError("tensogram: Python cannot make the classes of this module")
    }
    unsafe pointer = unsafe type
  }

  /// A new Python object that holds `instance`.
  func wrap(_ instance: Instance) throws(PythonError) -> PythonObject {
    let object = unsafe try PythonObject(PyType_GenericAlloc(OpaquePointer(pointer), 0))
    unsafe instanceSlot(object.pointer).pointee = Unmanaged.passRetained(instance)
    return object
  }

  /// Whether `object` is of this class; there are no derived ones.
  func isInstance(_ object: Borrowed) -> Bool { isIdentical(to: object.type) }

  /// The Swift object inside of `object`, which must be of this class: the `self` that CPython hands to its methods.
  @safe func instance(_ object: PyPointer?) -> Instance {
    // CPython has checked the class of `self`, and every instance comes from `wrap`.
    unsafe unsafeDowncast(instanceSlot(object!).pointee!.takeUnretainedValue(), to: Instance.self)
  }

  /// The Swift object inside of `object`, which is known to be of this class.
  func instance(_ object: Borrowed) -> Instance { unsafe instance(object.pointer) }
}

/// Where an instance keeps its Swift object: right behind what every Python object starts with.
private func instanceSlot(_ object: PyPointer) -> UnsafeMutablePointer<Unmanaged<AnyObject>?> {
  unsafe UnsafeMutableRawPointer(object).advanced(by: MemoryLayout<PyObject>.size)
    .assumingMemoryBound(to: Unmanaged<AnyObject>?.self)
}

@safe private func releaseInstance(_ object: PyPointer?) {
  guard let object = unsafe object else { return }
  let type = unsafe Py_TYPE(object)
  unsafe instanceSlot(object).pointee?.release()
  unsafe PyObject_Free(object)
  // Instances of heap types keep their class alive.
  unsafe Py_DECREF(UnsafeMutableRawPointer(type!).assumingMemoryBound(to: PyObject.self))
}
