package import KubernetesAPI
import Yams

/// YAML or JSON text that cannot be read as Kubernetes reads it.
package struct YAMLDocumentError: Error, Sendable, Hashable, CustomStringConvertible {
    package var description: String
}

/// YAML text to JSON values and back. Pure.
package enum YAMLDocuments {
    /// Deeper documents are refused.
    private static let depthLimit = 100
    /// What aliases may multiply a text to, counted in values.
    private static let valueLimit = 1_000_000

    /// The documents of a text; empty ones are left out.
    ///
    /// - Throws: when it is not YAML, a key is not a text, or it is deeper or larger than is read.
    package static func read(_ text: String) throws(YAMLDocumentError) -> [JSONValue] {
        var budget = valueLimit
        var documents: [JSONValue] = []
        do {
            for node in try compose_all(yaml: text) {
                let value = try json(node, depth: 0, budget: &budget)
                if !value.isNull { documents.append(value) }
            }
        } catch let error as YAMLDocumentError {
            throw error
        } catch {
            throw YAMLDocumentError(description: "\(error)")
        }
        return documents
    }

    /// One document, with block style throughout and members sorted by name; reads back to an equal value.
    package static func text(of value: JSONValue) -> String {
        // Only the parser's memory running out makes it fail; JSON is YAML, too.
        (try? serialize(node: node(value), width: -1, allowUnicode: true)) ?? value.jsonText + "\n"
    }

    /// The text's documents as they are written, without the `---` between them.
    package static func split(_ text: String) -> [Substring] {
        var documents: [Substring] = []
        var start = text.startIndex
        var line = text.startIndex
        while line < text.endIndex {
            let end = text[line...].firstIndex(where: \.isNewline) ?? text.endIndex
            let next = end < text.endIndex ? text.index(after: end) : end
            if isMarker(text[line..<end]) {
                documents.append(text[start..<line])
                start = text[line...].dropFirst(3).startIndex
            }
            line = next
        }
        documents.append(text[start...])
        return documents.filter { !$0.allSatisfy(\.isWhitespace) }
    }

    private static func isMarker(_ line: Substring) -> Bool {
        line.hasPrefix("---") && (line.count == 3 || line.dropFirst(3).first?.isWhitespace == true)
    }

    private static func json(_ node: Node, depth: Int, budget: inout Int) throws(YAMLDocumentError) -> JSONValue {
        guard depth < depthLimit else { throw failure(node, "nested deeper than \(depthLimit)") }
        guard budget > 0 else { throw failure(node, "more than \(valueLimit) values") }
        budget -= 1
        switch node {
        case .scalar(let scalar): return json(scalar, of: node)
        case .sequence(let sequence):
            var elements: [JSONValue] = []
            for element in sequence { elements.append(try json(element, depth: depth + 1, budget: &budget)) }
            return .array(elements)
        case .mapping(let mapping):
            var members: [String: JSONValue] = [:]
            var merged: [String: JSONValue] = [:]
            for (key, value) in mapping {
                guard let name = key.scalar?.string else { throw failure(key, "a key must be a text") }
                let value = try json(value, depth: depth + 1, budget: &budget)
                if name == "<<", key.scalar?.style == .plain || key.scalar?.style == .any {
                    for source in value.array ?? [value] { merged.merge(source.object ?? [:]) { first, _ in first } }
                } else {
                    members[name] = value
                }
            }
            return .object(merged.merging(members) { $1 })
        case .alias: throw failure(node, "an alias without its anchor")
        }
    }

    private static func failure(_ node: Node, _ reason: String) -> YAMLDocumentError {
        YAMLDocumentError(description: (node.mark.map { "line \($0.line), column \($0.column): " } ?? "") + reason)
    }

    private static func json(_ scalar: Node.Scalar, of node: Node) -> JSONValue {
        let text = scalar.string
        switch node.tag.description {
        case Tag.Name.null.rawValue: return .null
        case Tag.Name.bool.rawValue: return Bool.construct(from: scalar).map { .bool($0) } ?? .string(text)
        case Tag.Name.int.rawValue where !text.contains(":"):
            if let number = Int64.construct(from: scalar) { return .integer(number) }
            return Double(text).map { .number($0) } ?? .string(text)
        case Tag.Name.float.rawValue where !text.contains(":"):
            guard let number = Double.construct(from: scalar), number.isFinite else { return .string(text) }
            return .number(number)
        default: return .string(text)
        }
    }

    private static func node(_ value: JSONValue) -> Node {
        switch value {
        case .null: return Node("null", Tag(.null))
        case .bool(let flag): return Node(flag ? "true" : "false", Tag(.bool))
        case .integer, .number: return Node(value.jsonText, Tag(.float))
        case .string(let text): return string(text)
        case .array(let elements): return Node(elements.map(node), Tag(.seq), elements.isEmpty ? .flow : .block)
        case .object(let members):
            let pairs = members.sorted { $0.key < $1.key }.map { (string($0.key), node($0.value)) }
            return Node(pairs, Tag(.map), pairs.isEmpty ? .flow : .block)
        }
    }

    private static func string(_ text: String) -> Node {
        if text.contains("\n"), !text.contains("\r"), text.first?.isWhitespace == false {
            return Node(text, Tag(.str), .literal)
        }
        let isPlain = Resolver.default.resolveTag(of: Node(text)) == .str && !text.isEmpty
        // YAML 1.1 has more booleans, and numbers with colons, than the resolver knows.
        let isAmbiguous = ["y", "n", "Y", "N"].contains(text) || text.allSatisfy { $0.isNumber || ":_.+-".contains($0) }
        return Node(text, Tag(.str), isPlain && !isAmbiguous ? .any : .doubleQuoted)
    }
}
