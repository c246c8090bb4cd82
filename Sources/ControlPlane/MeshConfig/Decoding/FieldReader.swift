/// Reads the fields of one mapping by name and remembers which were asked for, so that the rest is unknown.
///
/// Wrong values are reported to the session and read as absent; decoding goes on, so that one pass finds every fault.
final class FieldReader {
    let session: DecodeSession
    /// Path of the mapping, as `spec.http[0]`.
    let path: String
    /// The path without indices, as `spec.http[]`.
    let pattern: String
    private let node: YAMLNode
    private var entries: [String: YAMLEntry] = [:]
    private var asked: [String] = []

    /// Reads `node`, which must be a mapping; anything else is read as an empty one and reported.
    init(_ node: YAMLNode, path: String, pattern: String, session: DecodeSession) {
        self.session = session
        self.path = path
        self.pattern = pattern
        self.node = node
        guard case .mapping(let list) = node.content else {
            session.report(
                .error,
                line: node.line,
                column: node.column,
                path: path,
                "must be a mapping, not \(node.kindName)"
            )
            return
        }
        for entry in list { entries[entry.key] = entry }
    }

    /// Where the mapping begins.
    var location: SourceLocation {
        SourceLocation(file: session.file, line: node.line, column: node.column)
    }

    /// Names written in the mapping, in no order.
    var names: some Collection<String> { entries.keys }

    /// The value of a field, nil when absent or null; the name counts as known from now on.
    func value(_ name: String) -> YAMLNode? {
        asked.append(name)
        guard let entry = entries[name], !entry.value.isNull else { return nil }
        session.use(child(pattern, name), path: child(path, name), line: entry.line, column: entry.column)
        return entry.value
    }

    /// Notes a value of a field, which may be one that is not acted on; `sort` is how `FieldSupport.Row` names values
    /// like it.
    func note(_ name: String, value: String, of sort: String? = nil) {
        guard let entry = entries[name] else { return }
        let pattern = "\(child(pattern, name)): \(sort ?? value)"
        session.use(pattern, path: child(path, name), value: value, line: entry.line, column: entry.column)
    }

    /// Whether a field is written and not null.
    func has(_ name: String) -> Bool {
        entries[name].map { !$0.value.isNull } ?? false
    }

    /// Names that are known and not acted on by any part of a mesh.
    func skip(_ names: String...) {
        asked += names
    }

    /// Reports every field that nobody asked for.
    func finish() {
        let known = Set(asked)
        guard entries.keys.contains(where: { !known.contains($0) }) else { return }
        let unknown = entries.values.filter { !known.contains($0.key) }
        for entry in unknown.sorted(by: { ($0.line, $0.column) < ($1.line, $1.column) }) {
            // Finding suggestions is dear, so it stops where reporting does.
            if session.isFull { return }
            let hint = Suggestion.text(for: entry.key, among: asked)
            session.report(
                .error,
                line: entry.line,
                column: entry.column,
                path: child(path, entry.key),
                hint.isEmpty
                    ? "unknown field; allowed are \(asked.sorted().joined(separator: ", "))"
                    : "unknown field\(hint)"
            )
        }
    }

    /// Reports an error at a field, or at the mapping when the field is absent or empty-named.
    func error(_ name: String = "", _ message: String) {
        report(.error, name, message)
    }

    /// Reports a warning at a field, or at the mapping when the field is absent or empty-named.
    func warning(_ name: String = "", _ message: String) {
        report(.warning, name, message)
    }

    /// Reports an error unless `condition` holds.
    func require(_ condition: Bool, _ name: String = "", _ message: @autoclosure () -> String) {
        if !condition { error(name, message()) }
    }

    private func report(_ severity: Diagnostic.Severity, _ name: String, _ message: String) {
        let field = name.isEmpty ? path : child(path, name)
        let entry = entries[name]
        session.report(
            severity,
            line: entry?.line ?? node.line,
            column: entry?.column ?? node.column,
            path: field,
            message
        )
    }

    /// Reports an error at a node below this mapping.
    func error(at node: YAMLNode, _ path: String, _ message: String) {
        session.report(.error, line: node.line, column: node.column, path: path, message)
    }

    /// `path.name`, in brackets when the name itself has dots or slashes.
    func child(_ path: String, _ name: String) -> String {
        let name = name.contains(where: { $0 == "." || $0 == "/" }) ? "[\"\(name)\"]" : name
        return path.isEmpty ? name : name.hasPrefix("[") ? path + name : "\(path).\(name)"
    }
}
