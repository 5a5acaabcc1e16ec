import CPython
import Tensogram

extension Arguments {
  /// A sequence of `(start, count)` pairs as ranges of elements.
  func ranges(_ place: Int) throws(PythonError) -> [Range<Int>] {
    let given = try required(place)
    guard given.isList || given.isTuple else {
      throw .type("argument '\(name(place))' must be a list of (start, count) tuples, not \(given.typeName)")
    }
    var ranges: [Range<Int>] = []
    try given.forEachItem { pair throws(PythonError) in
      guard pair.isTuple || pair.isList else {
        throw .type("a range must be a (start, count) tuple, not \(pair.typeName)")
      }
      let items = unsafe try PythonObject(PySequence_Tuple(pair.pointer))
      guard try items.count() == 2 else {
        throw .value("a range must be a (start, count) tuple, not one of \(try items.count()) items")
      }
      let start = try items.tupleItem(0).unsigned("the start of a range")
      let count = try items.tupleItem(1).unsigned("the count of a range")
      guard let first = Int(exactly: start), let length = Int(exactly: count), length <= .max - first else {
        throw .value("EncodingError: range of \(count) elements from \(start) exceeds what can be counted: overflow")
      }
      ranges.append(first..<first + length)
    }
    return ranges
  }

  /// A tuple of slices and integers, one per axis of `shape`, as a selection of it, and the shape of what it selects,
  /// in which integers leave no axis.
  func selection(_ place: Int, of shape: Shape) throws(PythonError) -> (Selection, resultShape: [Int]) {
    let given = try required(place)
    let items = given.isTuple ? PythonObject(given) : try .tuple(PythonObject(given))
    var axes: [Selection.Axis] = []
    var resultShape: [Int] = []
    try items.forEachItem { item throws(PythonError) in
      let number = axes.count
      guard number < shape.rank else {
        throw .index("a selection along \(try items.count()) axes does not fit a tensor with \(shape.rank)")
      }
      let extent = shape.extents[number]
      if item.isSlice {
        let axis = try Self.axis(item, extent)
        axes.append(axis)
        resultShape.append(axis.count)
      } else {
        axes.append(try Self.index(item, axis: number, extent))
      }
    }
    guard axes.count == shape.rank else {
      throw .index("a selection along \(axes.count) axes does not fit a tensor with \(shape.rank)")
    }
    return (try core { () throws(TensogramError) in try Selection(axes, of: shape) }, resultShape)
  }

  /// The same as numpy takes it: integers by their `__index__`, so that a bool is no mask.
  func plainSelection(_ place: Int) throws(PythonError) -> PythonObject {
    let given = try required(place)
    let items = given.isTuple ? PythonObject(given) : try .tuple(PythonObject(given))
    let plain = try PythonObject.list()
    try items.forEachItem { item throws(PythonError) in
      try plain.append(item.isSlice ? PythonObject(item) : item.index())
    }
    return unsafe try PythonObject(PySequence_Tuple(plain.pointer))
  }

  private static func axis(_ slice: borrowing PythonObject, _ extent: Int) throws(PythonError) -> Selection.Axis {
    var (start, stop, step) = (0, 0, 0)
    if unsafe PySlice_Unpack(slice.pointer, &start, &stop, &step) < 0 { throw .raised }
    let count = unsafe PySlice_AdjustIndices(extent, &start, &stop, step)
    // Of a single element the step is of no meaning, and may be as large as a Python slice's.
    return Selection.Axis(start: start, step: count < 2 ? 1 : step, count: count)
  }

  private static func index(
    _ item: borrowing PythonObject, axis: Int, _ extent: Int
  ) throws(PythonError) -> Selection.Axis {
    guard item.isIndex else { throw .type("a selection must be of slices and integers, not \(item.typeName)") }
    let (value, overflow) = try item.index().integer()
    let index = value < 0 ? value + extent : value
    guard overflow == 0, (0..<extent).contains(index) else {
      throw .index("index \(item.description) is out of bounds for axis \(axis) with size \(extent)")
    }
    return Selection.Axis(start: index, count: 1)
  }
}
