internal import Yams

/// Why a document is not YAML that is read here.
struct YAMLSyntaxError: Error {
    /// Line in the file, from 1.
    var line: Int
    /// Column in the line, from 1.
    var column: Int
    /// What is wrong and what is allowed.
    var message: String
}

/// Composes one YAML document with libyaml and resolves its aliases within limits.
///
/// libyaml's composer hashes mapping keys with aliases expanded, which takes exponential time on an alias bomb. So it
/// never sees an alias: every `*` is replaced by a private-use character first, and a plain scalar that begins with
/// that character is what was an alias (no other plain scalar may begin with `*`).
struct YAMLParser {
    private let mark: Character
    private let lineOffset: Int
    private let limits: YAMLLimits
    private var anchors: [String: YAMLNode] = [:]
    private var aliasedNodes = 0

    /// Nodes of the documents in `text`, which begins at line `line` of its file; empty documents are left out.
    ///
    /// - Throws: `YAMLSyntaxError` at the first thing that is wrong.
    static func parse(_ text: String, line: Int, limits: YAMLLimits) throws(YAMLSyntaxError) -> [YAMLNode] {
        let scalars = text.unicodeScalars
        // An escape of the mark would become `*` as well.
        let escapes = text.contains("\\") ? text.lowercased() : ""
        let candidates = (0xE000...0xE0FF as ClosedRange<UInt32>).lazy.compactMap(Unicode.Scalar.init)
        let free = candidates.first { scalar in
            let digits = String(scalar.value, radix: 16)
            return !scalars.contains(scalar) && !escapes.contains("\\u\(digits)")
                && !escapes.contains("\\u0000\(digits)")
        }
        guard let mark = free else {
            throw YAMLSyntaxError(line: line, column: 1, message: "private-use characters; write them as \\u escapes")
        }
        let parser = YAMLParser(mark: Character(mark), lineOffset: line - 1, limits: limits)
        let source = text.contains("*") ? text.replacing("*", with: String(mark)) : text
        do {
            let composer = try Parser(yaml: source, resolver: .basic, encoding: .utf8)
            var roots: [YAMLNode] = []
            while let root = try composer.nextRoot() {
                var state = parser
                let node = try state.convert(root, depth: 1)
                if !node.isNull { roots.append(node) }
            }
            return roots
        } catch let error as YAMLSyntaxError {
            throw error
        } catch {
            throw parser.syntaxError(from: error)
        }
    }

    private init(mark: Character, lineOffset: Int, limits: YAMLLimits) {
        self.mark = mark
        self.lineOffset = lineOffset
        self.limits = limits
    }

    private mutating func convert(_ node: Node, depth: Int, isKey: Bool = false) throws(YAMLSyntaxError) -> YAMLNode {
        let line = (node.mark?.line ?? 1) + lineOffset
        let column = node.mark?.column ?? 1
        func failure(_ message: String) -> YAMLSyntaxError {
            YAMLSyntaxError(line: line, column: column, message: message)
        }
        guard depth <= limits.depth else { throw failure("nested deeper than \(limits.depth) levels") }
        var result = YAMLNode(content: .sequence([]), line: line, column: column)
        switch node {
        case .scalar(let scalar):
            let isPlain = scalar.style == .plain || scalar.style == .any
            if isPlain, scalar.string.first == mark {
                return try dereference(String(scalar.string.dropFirst()), line: line, column: column)
            }
            // The composer resolves the tags of keys while it looks for duplicates, so theirs say nothing.
            let isImplicit = isKey || scalar.tag.description.isEmpty
            result.content = .scalar(restored(scalar.string), isPlain: isPlain && isImplicit)
        case .sequence(let sequence):
            var elements: [YAMLNode] = []
            elements.reserveCapacity(sequence.count)
            for element in sequence {
                let converted = try convert(element, depth: depth + 1)
                result.size += converted.size
                elements.append(converted)
            }
            result.content = .sequence(elements)
        case .mapping(let mapping):
            var entries: [YAMLEntry] = []
            entries.reserveCapacity(mapping.count)
            var merged: [YAMLEntry] = []
            for (key, value) in mapping {
                let key = try convert(key, depth: depth + 1, isKey: true)
                let value = try convert(value, depth: depth + 1)
                result.size += value.size + 1
                guard case .scalar(let name, let isPlain) = key.content else {
                    throw YAMLSyntaxError(line: key.line, column: key.column, message: "a key must be a string")
                }
                if isPlain, name == "<<" {
                    merged += try Self.mergeable(value)
                } else {
                    entries.append(YAMLEntry(key: name, line: key.line, column: key.column, value: value))
                }
            }
            if !merged.isEmpty { entries = Self.merge(merged, into: entries) }
            result.content = .mapping(entries)
        case .alias:
            throw failure("unresolved alias")
        }
        if let anchor = node.anchor { anchors[anchor.rawValue] = result }
        return result
    }

    private mutating func dereference(_ name: String, line: Int, column: Int) throws(YAMLSyntaxError) -> YAMLNode {
        func failure(_ message: String) -> YAMLSyntaxError {
            YAMLSyntaxError(line: line, column: column, message: message)
        }
        guard let target = anchors[name] else {
            let text = restored(name)
            throw failure("`*\(text)` is an alias, and no anchor `&\(text)` precedes it; quote it to mean the text")
        }
        aliasedNodes += target.size
        guard aliasedNodes <= limits.aliasedNodes else {
            throw failure("aliases expand to more than \(limits.aliasedNodes) nodes")
        }
        return target
    }

    private func restored(_ text: String) -> String {
        text.contains(mark) ? text.replacing(String(mark), with: "*") : text
    }

    /// Entries that a merge key (`<<`) brings in.
    private static func mergeable(_ value: YAMLNode) throws(YAMLSyntaxError) -> [YAMLEntry] {
        switch value.content {
        case .mapping(let entries):
            return entries
        case .sequence(let elements):
            var entries: [YAMLEntry] = []
            for element in elements { entries += try mergeable(element) }
            return entries
        case .scalar:
            throw YAMLSyntaxError(line: value.line, column: value.column, message: "`<<` merges a mapping only")
        }
    }

    private static func merge(_ merged: [YAMLEntry], into entries: [YAMLEntry]) -> [YAMLEntry] {
        var seen = Set(entries.map(\.key))
        return entries + merged.filter { seen.insert($0.key).inserted }
    }

    private func syntaxError(from error: any Error) -> YAMLSyntaxError {
        func at(_ mark: Mark, _ message: String) -> YAMLSyntaxError {
            YAMLSyntaxError(line: mark.line + lineOffset, column: mark.column, message: restored(message))
        }
        switch error {
        case YamlError.scanner(let context, let problem, let mark, _),
            YamlError.parser(let context, let problem, let mark, _),
            YamlError.composer(let context, let problem, let mark, _):
            if problem.hasPrefix("Maximum nesting level") {
                return at(mark, "nested deeper than \(limits.depth) levels")
            }
            return at(mark, "YAML syntax: \(problem)" + (context.map { " (\($0.text))" } ?? ""))
        case YamlError.duplicatedKeysInMapping(let duplicates, let context):
            let keys = duplicates.map(\.quotedForMessage).joined(separator: ", ")
            return at(context.mark, "duplicate key \(keys); a key may stand once in a mapping")
        case YamlError.reader(let problem, let offset, let value, let yaml):
            let before = yaml.prefix(offset ?? 0)
            let line = before.reduce(into: 1) { if $1.isNewline { $0 += 1 } }
            let column = before.reversed().prefix { !$0.isNewline }.count + 1
            let code = value >= 0 ? " (U+\(String(value, radix: 16, uppercase: true)))" : ""
            return YAMLSyntaxError(
                line: line + lineOffset,
                column: column,
                message: "YAML syntax: \(problem)\(code)"
            )
        default:
            return YAMLSyntaxError(line: 1 + lineOffset, column: 1, message: "YAML syntax")
        }
    }
}
