import Yams

/// Reads YAML documents into JSON values within limits.
///
/// libyaml's composer hashes mapping keys with aliases expanded, which takes exponential time on an alias bomb. So it
/// never sees an alias: every `*` becomes a private-use character first, and a plain scalar that begins with that
/// character is what was an alias (no other plain scalar may begin with `*`).
struct ManifestReader {
    private static let aliasedNodeLimit = 100_000

    private let file: String
    private let mark: Character
    private var anchors: [String: (value: JSONValue, size: Int)] = [:]
    private var aliasedNodes = 0

    static func documents(_ text: String, file: String) throws(ManifestError) -> [JSONValue] {
        guard let mark = freeCharacter(in: text) else {
            throw ManifestError(
                file: file,
                line: 1,
                column: 1,
                message: "private-use characters; write them as \\u escapes"
            )
        }
        let reader = ManifestReader(file: file, mark: mark)
        do {
            let source = text.contains("*") ? text.replacing("*", with: String(mark)) : text
            let composer = try Parser(yaml: source, resolver: .basic, encoding: .utf8)
            var documents: [JSONValue] = []
            while let root = try composer.nextRoot() {
                var reader = reader
                let value = try reader.convert(root, depth: 1).value
                if !value.isNull { documents.append(value) }
            }
            return documents
        } catch let error as ManifestError {
            throw error
        } catch {
            throw reader.syntaxError(error)
        }
    }

    /// A private-use character that the text has neither as it is nor as an escape.
    private static func freeCharacter(in text: String) -> Character? {
        let escapes = text.contains("\\") ? text.lowercased() : ""
        let free = (0xE000...0xE0FF as ClosedRange<UInt32>).lazy.compactMap(Unicode.Scalar.init).first { scalar in
            let digits = String(scalar.value, radix: 16)
            return !text.unicodeScalars.contains(scalar) && !escapes.contains("\\u\(digits)")
                && !escapes.contains("\\u0000\(digits)")
        }
        return free.map(Character.init)
    }

    private init(file: String, mark: Character) {
        self.file = file
        self.mark = mark
    }

    private func failure(_ mark: Mark?, _ message: String) -> ManifestError {
        ManifestError(file: file, line: mark?.line ?? 1, column: mark?.column ?? 1, message: message)
    }

    /// A value and of how many nodes it is made.
    private mutating func convert(_ node: Node, depth: Int) throws(ManifestError) -> (value: JSONValue, size: Int) {
        guard depth < JSONValue.depthLimit else {
            throw failure(node.mark, "nested deeper than \(JSONValue.depthLimit) levels")
        }
        var result: (value: JSONValue, size: Int)
        switch node {
        case .scalar(let scalar):
            let isPlain = scalar.style == .plain || scalar.style == .any
            if isPlain, scalar.string.first == mark {
                return try dereference(String(scalar.string.dropFirst()), at: node.mark)
            }
            result = (try self.scalar(scalar, isPlain: isPlain, at: node.mark), 1)
        case .sequence(let sequence):
            var elements: [JSONValue] = []
            var size = 1
            for element in sequence {
                let element = try convert(element, depth: depth + 1)
                elements.append(element.value)
                size += element.size
            }
            result = (.array(elements), size)
        case .mapping(let mapping): result = try object(mapping, depth: depth)
        case .alias: throw failure(node.mark, "an alias that leads nowhere")
        }
        if let anchor = node.anchor { anchors[anchor.rawValue] = result }
        return result
    }

    private mutating func object(
        _ mapping: Node.Mapping,
        depth: Int
    ) throws(ManifestError) -> (value: JSONValue, size: Int) {
        var members: [String: JSONValue] = [:]
        var merged: [String: JSONValue] = [:]
        var size = 1
        for (key, node) in mapping {
            guard case .scalar(let scalar) = key else { throw failure(key.mark, "a key must be a string") }
            let value = try convert(node, depth: depth + 1)
            size += value.size
            let name = restored(scalar.string)
            if name == "<<", scalar.style == .plain || scalar.style == .any {
                for source in value.value.array ?? [value.value] {
                    guard let inherited = source.object else { throw failure(node.mark, "`<<` merges a mapping only") }
                    merged.merge(inherited) { first, _ in first }
                }
            } else if members.updateValue(value.value, forKey: name) != nil {
                throw failure(key.mark, "duplicate key \"\(name)\"; a key may stand once in a mapping")
            }
        }
        return (.object(members.merging(merged) { own, _ in own }), size)
    }

    private func scalar(_ scalar: Node.Scalar, isPlain: Bool, at mark: Mark?) throws(ManifestError) -> JSONValue {
        let text = restored(scalar.string)
        let tag = scalar.tag.description
        switch tag {
        case "": return isPlain ? YAMLScalar.value(plain: text) : .string(text)
        case "!", "tag:yaml.org,2002:str", "tag:yaml.org,2002:binary": return .string(text)
        case "tag:yaml.org,2002:int", "tag:yaml.org,2002:float", "tag:yaml.org,2002:bool", "tag:yaml.org,2002:null":
            return YAMLScalar.value(plain: text)
        default: throw failure(mark, "the tag \(tag) is not supported")
        }
    }

    private mutating func dereference(
        _ name: String,
        at mark: Mark?
    ) throws(ManifestError) -> (value: JSONValue, size: Int) {
        guard let target = anchors[name] else {
            let text = restored(name)
            throw failure(
                mark,
                "`*\(text)` is an alias, and no anchor `&\(text)` precedes it; quote it to mean the text"
            )
        }
        aliasedNodes += target.size
        guard aliasedNodes <= Self.aliasedNodeLimit else {
            throw failure(mark, "aliases expand to more than \(Self.aliasedNodeLimit) nodes")
        }
        return target
    }

    private func restored(_ text: String) -> String {
        text.contains(mark) ? text.replacing(String(mark), with: "*") : text
    }

    private func syntaxError(_ error: any Error) -> ManifestError {
        switch error {
        case YamlError.scanner(let context, let problem, let mark, _),
            YamlError.parser(let context, let problem, let mark, _),
            YamlError.composer(let context, let problem, let mark, _):
            return failure(mark, restored("YAML syntax: \(problem)" + (context.map { " (\($0.text))" } ?? "")))
        case YamlError.duplicatedKeysInMapping(let duplicates, let context):
            let keys = duplicates.map { "\"\(restored($0))\"" }.joined(separator: ", ")
            return failure(context.mark, "duplicate key \(keys); a key may stand once in a mapping")
        case YamlError.reader(let problem, let offset, _, let yaml):
            let before = yaml.prefix(offset ?? 0)
            let line = before.reduce(into: 1) { if $1.isNewline { $0 += 1 } }
            let column = before.reversed().prefix { !$0.isNewline }.count + 1
            return ManifestError(file: file, line: line, column: column, message: "YAML syntax: \(problem)")
        default: return failure(nil, "YAML syntax")
        }
    }
}
