import Glibc

/// Rows of text under a head, in columns that are as wide as they must be.
struct Table {
  private var rows: [[String]]
  private let rightAligned: Set<Int>

  init(_ head: [String], rightAligned: Set<Int> = []) {
    rows = [head]
    self.rightAligned = rightAligned
  }

  mutating func append(_ row: [String]) { rows.append(row.map(printable)) }

  var isEmpty: Bool { rows.count == 1 }

  var text: String {
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      let cells = row.enumerated().map { column, cell in
        let space = String(repeating: " ", count: widths[column] - cell.count)
        return rightAligned.contains(column) ? space + cell : cell + space
      }
      let line = cells.joined(separator: "  ")
      return String(line.reversed().drop { $0 == " " }.reversed())
    }
    .joined(separator: "\n")
  }
}

/// Text from a file as one line that cannot act on a terminal.
func printable(_ text: String) -> String {
  guard text.unicodeScalars.contains(where: { $0 < " " || ("\u{7f}"..."\u{9f}").contains($0) }) else { return text }
  return String(
    String.UnicodeScalarView(
      text.unicodeScalars.map { $0 < " " || ("\u{7f}"..."\u{9f}").contains($0) ? "\u{fffd}" : $0 }))
}

func printError(_ text: String) {
  let line = Array("tensogram: \(printable(text))\n".utf8)
  // There is nobody to tell if this fails.
  _ = write(STDERR_FILENO, line, line.count)
}
