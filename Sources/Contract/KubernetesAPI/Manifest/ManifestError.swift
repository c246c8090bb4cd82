/// Why a manifest cannot be read, and where.
package struct ManifestError: Error, Sendable, Hashable, CustomStringConvertible {
    /// As the caller named the text; may be empty.
    package var file: String
    /// From 1.
    package var line: Int
    /// From 1.
    package var column: Int
    package var message: String

    package var description: String { "\(file.isEmpty ? "" : file + ":")\(line):\(column): \(message)" }
}
