/// What is gathered while one object is decoded. Not thread-safe; one a document.
final class DecodeSession {
    /// Name of the file.
    let file: String
    /// Object, for diagnostics; empty until it is known.
    var object = ""
    /// What is wrong and what is worth a warning.
    private(set) var diagnostics: [Diagnostic] = []
    /// First place each field was written at, by its path without indices; noted values have entries of their own.
    private(set) var usedFields: [String: UsedField] = [:]

    /// Where a field, or one value of it, was written.
    struct UsedField {
        var path: String
        /// The value, when that is what was noted.
        var value: String?
        var location: SourceLocation
    }

    init(file: String) {
        self.file = file
    }

    /// Whether the object must be rejected.
    private(set) var hasErrors = false
    /// Whether as much was reported as anybody reads; a hostile document could ask for millions.
    var isFull: Bool { diagnostics.count >= Self.maximumDiagnostics }

    private static let maximumDiagnostics = 100

    /// Notes that a field was written, or one value of it.
    func use(_ pattern: String, path: String, value: String? = nil, line: Int, column: Int) {
        guard usedFields[pattern] == nil else { return }
        let location = SourceLocation(file: file, line: line, column: column)
        usedFields[pattern] = UsedField(path: path, value: value, location: location)
    }

    /// Adds a diagnostic.
    func report(_ severity: Diagnostic.Severity, line: Int, column: Int, path: String, _ message: String) {
        if severity == .error { hasErrors = true }
        guard !isFull else { return }
        let location = SourceLocation(file: file, line: line, column: column)
        diagnostics.append(Diagnostic(severity, at: location, object: object, path: path, message))
    }
}
