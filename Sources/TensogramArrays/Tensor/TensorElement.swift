/// A Swift type whose values are elements of a tensor.
protocol TensorElement: BitwiseCopyable, SendableMetatype {
  static var elementType: ElementType { get }
}

extension Int8: TensorElement { static var elementType: ElementType { .int8 } }
extension Int16: TensorElement { static var elementType: ElementType { .int16 } }
extension Int32: TensorElement { static var elementType: ElementType { .int32 } }
extension Int64: TensorElement { static var elementType: ElementType { .int64 } }
extension UInt8: TensorElement { static var elementType: ElementType { .uint8 } }
extension UInt16: TensorElement { static var elementType: ElementType { .uint16 } }
extension UInt32: TensorElement { static var elementType: ElementType { .uint32 } }
extension UInt64: TensorElement { static var elementType: ElementType { .uint64 } }
extension Float: TensorElement { static var elementType: ElementType { .float32 } }
extension Double: TensorElement { static var elementType: ElementType { .float64 } }
