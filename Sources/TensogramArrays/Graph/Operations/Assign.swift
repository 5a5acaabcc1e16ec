/// An array with a box of its elements replaced by those of another, which broadcasts.
struct Assign: Operation {
  let target: Region

  let name = "assign"

  func recipe(for region: Region, of node: Node) -> Recipe {
    let base = Request(node.inputs[0], region)
    var place: [Region.Axis] = []
    var wanted: [Region.Axis] = []
    for (own, assigned) in zip(region.axes, target.axes) {
      let (places, numbers) = Self.overlap(own, assigned)
      if places.count == 0 { return .same(base) }
      place.append(places)
      wanted.append(numbers)
    }
    let value = node.inputs[1]
    let part = Elementwise.broadcastRegion(Region(wanted), to: value.shape)
    return .assemble(
      BoxAssembly([(base, Region(all: region.shape)), (Request(value, part), Region(place))], overlap: true))
  }

  /// Which elements of `own` are also in `assigned`: their places in the one, and their numbers in the other.
  private static func overlap(
    _ own: Region.Axis, _ assigned: Region.Axis
  ) -> (places: Region.Axis, numbers: Region.Axis) {
    var first: (place: Int, number: Int)?
    var second: (place: Int, number: Int)?
    var count = 0
    for place in 0..<own.count {
      let distance = own.start + place * own.step - assigned.start
      guard distance % assigned.step == 0, (0..<assigned.count).contains(distance / assigned.step) else { continue }
      count += 1
      if first == nil {
        first = (place, distance / assigned.step)
      } else if second == nil {
        second = (place, distance / assigned.step)
      }
    }
    guard let first else { return (Region.Axis(0..<0), Region.Axis(0..<0)) }
    let step = second.map { ($0.place - first.place, $0.number - first.number) } ?? (1, 1)
    return (
      Region.Axis(start: first.place, step: step.0, count: count),
      Region.Axis(start: first.number, step: step.1, count: count)
    )
  }
}

/// An array with the elements at indices along an axis replaced, which broadcast; the last of equal indices counts.
struct Put: Operation {
  let axis: Int
  /// The place in the list of indices of what each replaced element becomes.
  let replaced: [Int: Int]

  let name = "put"

  func recipe(for region: Region, of node: Node) -> Recipe {
    let along = region.axes[axis]
    var pieces = [(request: Request(node.inputs[0], region), box: Region(all: region.shape))]
    let value = node.inputs[1]
    for place in 0..<along.count {
      guard let number = replaced[along.start + place * along.step] else { continue }
      var wanted = region
      wanted.axes[axis] = Region.Axis(number..<number + 1)
      var box = Region(all: region.shape)
      box.axes[axis] = Region.Axis(place..<place + 1)
      pieces.append((Request(value, Elementwise.broadcastRegion(wanted, to: value.shape)), box))
    }
    if pieces.count == 1 { return .same(pieces[0].request) }
    return .assemble(BoxAssembly(pieces, overlap: true))
  }
}
