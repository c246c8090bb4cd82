/// Columns of text that stand under each other, as tables of kubectl and istioctl.
struct TextTable {
    private var rows: [[String]]
    private let gap: Int

    /// Columns are `gap` spaces apart.
    init(_ header: [String], gap: Int = 5) {
        rows = [header]
        self.gap = gap
    }

    mutating func add(_ row: [String]) { rows.append(row) }

    /// Lines without spaces at their ends.
    var text: String {
        var widths: [Int] = []
        for row in rows {
            for (column, cell) in row.enumerated() {
                if column == widths.count { widths.append(0) }
                widths[column] = max(widths[column], cell.count)
            }
        }
        return rows.map { row in
            var line = ""
            for (column, cell) in row.enumerated() {
                line += cell
                guard column < row.count - 1 else { break }
                line += String(repeating: " ", count: widths[column] - cell.count + gap)
            }
            while line.last == " " { line.removeLast() }
            return line
        }.joined(separator: "\n")
    }
}
