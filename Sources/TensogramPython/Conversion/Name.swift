/// Names that are looked up in Python objects and dicts all the time.
enum Name {
  static let numpy = InternedString("numpy")
  static let dtype = InternedString("dtype")
  static let str = InternedString("str")
  static let name = InternedString("name")
  static let ndim = InternedString("ndim")
  static let size = InternedString("size")
  static let reshape = InternedString("reshape")
  static let flags = InternedString("flags")
  static let writeable = InternedString("writeable")

  static let base = InternedString("base")
  static let reserved = InternedString("_reserved_")
  static let extra = InternedString("_extra_")
  static let extraAlias = InternedString("extra")

  static let metadata = InternedString("metadata")
  static let descriptor = InternedString("descriptor")
  static let descriptors = InternedString("descriptors")
  static let data = InternedString("data")

  static let remoteObject = InternedString("RemoteObject")
  static let reopen = InternedString("reopen")
  static let version = InternedString("version")
  static let options = InternedString("options")
  static let open = InternedString("open")
  static let fetch = InternedString("fetch")
  static let start = InternedString("start")
  static let done = InternedString("done")
  static let head = InternedString("head")

  static let objectIndex = InternedString("object_index")
  static let expected = InternedString("expected")
  static let actual = InternedString("actual")
}
