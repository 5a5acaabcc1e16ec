import Synchronization

extension MessageEncoder {
  /// Appends the frames of all objects; several at the same time where workers are worth it.
  func writeObjects(
    into output: inout OutputRawSpan, messageStart: Int
  ) throws(TensogramError) -> [WrittenObject] {
    if options.workers.share(objects.map(\.pipeline.decodedSize)) {
      return try writeTogether(into: &output, messageStart: messageStart)
    }
    var written: [WrittenObject] = []
    written.reserveCapacity(objects.count)
    for (index, object) in objects.enumerated() {
      written.append(
        try locating(object: index) { () throws(TensogramError) in
          try object.write(into: &output, messageStart: messageStart, workers: options.workers)
        })
    }
    return written
  }

  /// Writes each frame to a place that has room for the most it can take, then moves them together.
  private func writeTogether(
    into output: inout OutputRawSpan, messageStart: Int
  ) throws(TensogramError) -> [WrittenObject] {
    var places: [Range<Int>] = []
    var room = 0
    for object in objects {
      let length = try object.maximumLength()
      places.append(room..<room + length)
      room += length
    }
    let start = output.byteCount
    var (written, used) = try output.append(count: room) { [places] (bytes) throws(TensogramError) in
      let written = try write(into: SharedMutableBytes(&bytes), at: places)
      var end = 0
      for (place, object) in zip(places, written) {
        let length = object.length.roundedUp(to: WireFormat.alignment)
        bytes.move(place.lowerBound..<place.lowerBound + length, to: end)
        end += length
      }
      return (written, end)
    }
    output.removeLast(room - used)
    var offset = start - messageStart
    for index in written.indices {
      written[index].offset = offset
      offset += written[index].length.roundedUp(to: WireFormat.alignment)
    }
    return written
  }

  private func write(
    into memory: SharedMutableBytes, at places: [Range<Int>]
  ) throws(TensogramError) -> [WrittenObject] {
    let written = Mutex([WrittenObject](repeating: WrittenObject(offset: 0, length: 0, digest: 0), count: places.count))
    let sizes = objects.map(\.pipeline.decodedSize)
    let isParallel = { (index: Int) in objects[index].pipeline.isParallel }
    try options.workers.forEachObject(sizes, isParallel: isParallel) { (index, workers) throws(TensogramError) in
      let object = try locating(object: index) { () throws(TensogramError) in
        try memory.withOutput(places[index]) { (output) throws(TensogramError) in
          try objects[index].write(into: &output, messageStart: 0, workers: workers)
        }
      }
      written.withLock { $0[index] = object }
    }
    return written.withLock { $0 }
  }
}
