import Tensogram

/// Least, mean and greatest of an object's elements that are not NaN, and how many of them there are.
struct Statistics {
  private(set) var count = 0
  private(set) var missing = 0
  private var least = Double.infinity
  private var greatest = -Double.infinity
  private var sum = 0.0

  /// Decodes the object; nil for complex numbers and bitmasks.
  init?(of object: LocatedObject, in message: OpenMessage) throws {
    let dtype = object.descriptor.dtype
    if dtype.isComplex || dtype == .bitmask { return nil }
    try message.reader.checkClaim(object)
    var bytes = [UInt8](repeating: 0, count: try object.descriptor.byteCount)
    do {
      var memory = bytes.mutableSpan
      var raw = memory.mutableBytes
      try message.reader.read(object, into: &raw, options: DecodeOptions())
    }
    bytes.withUnsafeBytes { add($0, dtype) }
  }

  private mutating func add(_ bytes: UnsafeRawBufferPointer, _ dtype: DType) {
    switch dtype {
    case .int8: add(bytes.bindMemory(to: Int8.self)) { Double($0) }
    case .int16: add(bytes.bindMemory(to: Int16.self)) { Double($0) }
    case .int32: add(bytes.bindMemory(to: Int32.self)) { Double($0) }
    case .int64: add(bytes.bindMemory(to: Int64.self)) { Double($0) }
    case .uint8: add(bytes.bindMemory(to: UInt8.self)) { Double($0) }
    case .uint16: add(bytes.bindMemory(to: UInt16.self)) { Double($0) }
    case .uint32: add(bytes.bindMemory(to: UInt32.self)) { Double($0) }
    case .uint64: add(bytes.bindMemory(to: UInt64.self)) { Double($0) }
    case .float16: add(bytes.bindMemory(to: Float16.self)) { Double($0) }
    // The upper half of a float32.
    case .bfloat16: add(bytes.bindMemory(to: UInt16.self)) { Double(Float(bitPattern: UInt32($0) << 16)) }
    case .float32: add(bytes.bindMemory(to: Float.self)) { Double($0) }
    case .float64: add(bytes.bindMemory(to: Double.self)) { $0 }
    case .complex64, .complex128, .bitmask: break
    }
  }

  private mutating func add<Element>(_ elements: UnsafeBufferPointer<Element>, _ number: (Element) -> Double) {
    for element in elements {
      let value = number(element)
      if value.isNaN {
        missing += 1
        continue
      }
      count += 1
      sum += value
      least = min(least, value)
      greatest = max(greatest, value)
    }
  }

  private var mean: Double { sum / Double(count) }

  var text: String {
    let missing = missing == 0 ? "" : ", \(missing) missing"
    return count == 0 ? "none\(missing)" : "min \(least), mean \(mean), max \(greatest)\(missing)"
  }

  var cbor: CBORValue {
    var map = CBORMap(["count": CBORValue(count), "missing": CBORValue(missing)])
    if count > 0 {
      map["min"] = .float(least)
      map["mean"] = .float(mean)
      map["max"] = .float(greatest)
    }
    return .map(map)
  }
}
