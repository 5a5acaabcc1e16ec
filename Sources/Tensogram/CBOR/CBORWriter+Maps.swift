extension CBORWriter {
  /// Writes the entries as they come, and puts their bytes in order if they were not.
  ///
  /// `depth` counts this map too.
  mutating func write(_ map: CBORMap, depth: Int) throws(TensogramError) {
    let start = output.count
    writeHead(.map, UInt64(map.count))
    var order = CBORKeyOrder()
    for entry in map.entries {
      let keyStart = output.count
      try write(entry.key, depth: depth)
      order.append(keyStart..<output.count, in: output.bytes)
      try write(entry.value, depth: depth)
    }
    if !order.isAscending { try sortEntries(ofMapAt: start) }
  }

  /// Puts the entries of the map that was just written in the bytewise order of their keys.
  private mutating func sortEntries(ofMapAt start: Int) throws(TensogramError) {
    var entries = exchange(&entryRanges, with: [])
    try readEntryRanges(ofMapAt: start, into: &entries)
    let first = entries.isEmpty ? output.count : entries[0].whole.lowerBound
    let end = output.count
    entries.sort { output.bytes.encodedKey(at: $0.key, precedes: $1.key) }
    for index in entries.indices.dropFirst() {
      guard output.bytes.encodedKey(at: entries[index - 1].key, precedes: entries[index].key) else {
        let key = try CBORReader.decode(output.bytes.extracting(entries[index].key))
        throw .metadata("the key \(key.shortDescription) stands twice in a map")
      }
    }
    for entry in entries { output.appendCopy(of: entry.whole) }
    output.removeBytes(first..<end)
    entryRanges = entries
  }

  private func readEntryRanges(
    ofMapAt start: Int, into entries: inout [CBOREntryRange]
  ) throws(TensogramError) {
    var cursor = CBORCursor(output.bytes)
    cursor.position = start
    try cursor.readEntryRanges(into: &entries)
  }
}
