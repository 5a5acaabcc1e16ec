@testable import Tensogram

/// CCSDS 121.0-B-3 written for the reader: bits are a list, samples are numbers. Sections are those of the standard.
struct PlainSzip {
  let parameters: SzipParameters

  private var low: Int { parameters.sampleRange.lowerBound }
  private var high: Int { parameters.sampleRange.upperBound }
  private var hasPreprocessor: Bool { parameters.flags.contains(.preprocess) }

  // MARK: Preprocessor (section 4)

  func mapped(_ sample: Int, after previous: Int) -> Int {
    let error = sample - previous
    let theta = min(previous - low, high - previous)
    if 0...theta ~= error { return 2 * error }
    if -theta..<0 ~= error { return -2 * error - 1 }
    return theta + abs(error)
  }

  func sample(_ mapped: Int, after previous: Int) -> Int {
    let theta = min(previous - low, high - previous)
    if mapped <= 2 * theta { return mapped % 2 == 0 ? previous + mapped / 2 : previous - (mapped + 1) / 2 }
    return previous - low == theta ? previous + mapped - theta : previous - (mapped - theta)
  }

  // MARK: Encoder (sections 3 and 5)

  /// The bits of the stream, and where its intervals start.
  func encode(_ samples: [Int]) -> (bits: [Bool], offsets: [Int]) {
    let size = parameters.blockSize
    let padding = (size - samples.count % size) % size
    let padded = samples + (samples.last.map { Array(repeating: $0, count: padding) } ?? [])
    var bits: [Bool] = []
    var offsets: [Int] = []
    var split = 0
    for start in stride(from: 0, to: padded.count, by: parameters.samplesPerInterval) {
      offsets.append(bits.count)
      let end = min(start + parameters.samplesPerInterval, padded.count)
      encodeInterval(Array(padded[start..<end]), &split, into: &bits)
      if parameters.flags.contains(.paddedIntervals) { pad(&bits) }
    }
    pad(&bits)
    return (bits, offsets)
  }

  private func pad(_ bits: inout [Bool]) { while bits.count % 8 != 0 { bits.append(false) } }

  private func encodeInterval(_ samples: [Int], _ split: inout Int, into bits: inout [Bool]) {
    let size = parameters.blockSize
    let values = samples.indices.map { index in
      !hasPreprocessor ? samples[index] : index == 0 ? 0 : mapped(samples[index], after: samples[index - 1])
    }
    let reference = hasPreprocessor ? number(samples[0], width: parameters.bitsPerSample) : []
    var run: (length: Int, reference: [Bool]) = (0, [])
    for block in 0..<values.count / size {
      let blockValues = Array(values[block * size..<(block + 1) * size])
      let blockReference = block == 0 ? reference : []
      if blockValues.allSatisfy({ $0 == 0 }) {
        if run.length == 0 { run.reference = blockReference }
        run.length += 1
        if block % 64 == 63 || (block + 1) * size == values.count { endRun(&run, endsSegment: true, into: &bits) }
      } else {
        endRun(&run, endsSegment: false, into: &bits)
        encodeBlock(blockValues, blockReference, &split, into: &bits)
      }
    }
  }

  /// Section 3.4.
  private func endRun(_ run: inout (length: Int, reference: [Bool]), endsSegment: Bool, into bits: inout [Bool]) {
    if run.length == 0 { return }
    let code = run.length < 5 ? run.length : endsSegment ? 5 : run.length + 1
    bits += number(0, width: parameters.identifierWidth + 1) + run.reference + fundamentalSequence(code - 1)
    run = (0, [])
  }

  private func encodeBlock(
    _ values: [Int], _ reference: [Bool], _ split: inout Int, into bits: inout [Bool]
  ) {
    let coded = reference.isEmpty ? values : Array(values.dropFirst())
    let width = parameters.identifierWidth
    let uncoded = number(-1, width: width) + reference + coded.flatMap { number($0, width: parameters.bitsPerSample) }
    // Longer ones are never taken; writing them out would take for ever.
    let limit = coded.count * parameters.bitsPerSample
    let splits = (0..<parameters.splitOptions).map { option -> [Bool]? in
      guard coded.reduce(0, { $0 + $1 >> option + 1 + option }) <= limit else { return nil }
      return number(option + 1, width: width) + reference + coded.flatMap { fundamentalSequence($0 >> option) }
        + coded.flatMap { number($0, width: option) }
    }
    if !splits.isEmpty { split = nearestBest(coded, to: split) }
    let codes = stride(from: 0, to: values.count, by: 2).map { index in
      let sum = values[index] + values[index + 1]
      return sum > 1 << 20 ? 1 << 40 : sum * (sum + 1) / 2 + values[index + 1]
    }
    let extended =
      codes.reduce(1, { $0 + $1 + 1 }) <= limit
      ? number(1, width: width + 1) + reference + codes.flatMap { fundamentalSequence($0) } : nil

    var best = uncoded
    if !splits.isEmpty, let option = splits[split], option.count < best.count { best = option }
    if let extended, extended.count < uncoded.count, extended.count <= best.count { best = extended }
    bits += best
  }

  /// Of the split options that take the fewest bits the one nearest to `option`.
  private func nearestBest(_ values: [Int], to option: Int) -> Int {
    let costs = (0..<parameters.splitOptions).map { option in values.reduce(0) { $0 + $1 >> option + 1 + option } }
    let best = costs.indices.filter { costs[$0] == costs.min() }
    return best.min { abs($0 - option) < abs($1 - option) } ?? 0
  }

  private func number(_ value: Int, width: Int) -> [Bool] { (0..<width).map { value >> (width - 1 - $0) & 1 == 1 } }

  private func fundamentalSequence(_ length: Int) -> [Bool] { Array(repeating: false, count: length) + [true] }

  // MARK: Decoder

  /// The first `count` samples of a stream that is known to be sound.
  func decode(_ bits: [Bool], count: Int) -> [Int] {
    var reader = BitList(bits: bits)
    var samples: [Int] = []
    while samples.count < count {
      if parameters.flags.contains(.paddedIntervals) { reader.position = (reader.position + 7) / 8 * 8 }
      samples += decodeInterval(&reader, count: min(count - samples.count, parameters.samplesPerInterval))
    }
    return samples
  }

  private func decodeInterval(_ reader: inout BitList, count: Int) -> [Int] {
    let size = parameters.blockSize
    var reference: Int?
    var values: [Int] = []
    while values.count < count {
      let isFirst = values.isEmpty && hasPreprocessor
      let coded = isFirst ? size - 1 : size
      let identifier = reader.number(parameters.identifierWidth)
      let isUncoded = identifier == parameters.uncodedIdentifier
      let isExtended = identifier == 0 && reader.number(1) == 1
      if isFirst {
        reference = reader.number(parameters.bitsPerSample)
        values.append(0)
      }
      if isUncoded {
        values += (0..<coded).map { _ in reader.number(parameters.bitsPerSample) }
      } else if isExtended {
        let pairs = (0..<size / 2).flatMap { _ in pair(reader.fundamentalSequence()) }
        values += isFirst ? Array(pairs.dropFirst()) : pairs
      } else if identifier == 0 {
        let code = reader.fundamentalSequence() + 1
        let block = values.count / size
        let rest = min(64 - block % 64, parameters.interval - block)
        let blocks = code < 5 ? code : code == 5 ? rest : code - 1
        values += Array(repeating: 0, count: blocks * size - (isFirst ? 1 : 0))
      } else {
        let high = (0..<coded).map { _ in reader.fundamentalSequence() }
        values += high.map { $0 << (identifier - 1) | reader.number(identifier - 1) }
      }
    }
    guard let reference else { return Array(values[..<count]) }
    var previous = reference > high ? reference - (1 << parameters.bitsPerSample) : reference
    return values[..<count].indices.map { index in
      if index > 0 { previous = sample(values[index], after: previous) }
      return previous
    }
  }

  private func pair(_ code: Int) -> [Int] {
    var sum = 0
    while (sum + 1) * (sum + 2) / 2 <= code { sum += 1 }
    let second = code - sum * (sum + 1) / 2
    return [sum - second, second]
  }

  // MARK: Memory

  /// Samples as they stand in memory.
  func bytes(_ samples: [Int]) -> [UInt8] {
    let width = parameters.bytesPerSample
    let isBigEndian = parameters.flags.contains(.mostSignificantFirst)
    return samples.flatMap { sample in
      let bytes = (0..<width).map { UInt8(truncatingIfNeeded: sample >> (8 * $0)) }
      return isBigEndian ? bytes.reversed() : bytes
    }
  }

  static func bytes(_ bits: [Bool]) -> [UInt8] {
    stride(from: 0, to: bits.count, by: 8).map { start in bits[start..<start + 8].reduce(0) { $0 << 1 | ($1 ? 1 : 0) } }
  }

  static func bits(_ bytes: [UInt8]) -> [Bool] { bytes.flatMap { byte in (0..<8).map { byte >> (7 - $0) & 1 == 1 } } }
}

private struct BitList {
  let bits: [Bool]
  var position = 0

  mutating func number(_ width: Int) -> Int {
    defer { position += width }
    return bits[position..<position + width].reduce(0) { $0 << 1 | ($1 ? 1 : 0) }
  }

  mutating func fundamentalSequence() -> Int {
    let start = position
    while !bits[position] { position += 1 }
    position += 1
    return position - start - 1
  }
}
