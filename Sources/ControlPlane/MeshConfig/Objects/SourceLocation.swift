/// A place in a configuration file.
package struct SourceLocation: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// Path of the file as it was given to the source, or a name such as `<stdin>`.
    package var file: String
    /// Line, from 1.
    package var line: Int
    /// Column in Unicode scalars, from 1.
    package var column: Int

    package init(file: String, line: Int, column: Int) {
        self.file = file
        self.line = line
        self.column = column
    }

    /// `file:line:column`, the form compilers print and editors jump to.
    package var description: String { "\(file):\(line):\(column)" }

    /// By file, then line, then column.
    package static func < (left: SourceLocation, right: SourceLocation) -> Bool {
        (left.file, left.line, left.column) < (right.file, right.line, right.column)
    }
}
