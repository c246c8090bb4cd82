/// A message that is read from the fields of a mapping.
protocol FieldDecodable: SendableMetatype {
    /// Reads and validates; faults are reported to the session.
    init(fields: FieldReader)
}

extension FieldReader {
    /// A reader of a mapping below this one; nil when absent.
    func reader(_ name: String) -> FieldReader? {
        value(name).map {
            FieldReader($0, path: child(path, name), pattern: child(pattern, name), session: session)
        }
    }

    /// A message; nil when absent.
    func message<Message: FieldDecodable>(_ name: String, as type: Message.Type = Message.self) -> Message? {
        reader(name).map(Self.decode)
    }

    /// A list of messages; empty when absent.
    func messages<Message: FieldDecodable>(_ name: String, as type: Message.Type = Message.self) -> [Message] {
        elements(name).map { node, path in
            Self.decode(FieldReader(node, path: path, pattern: "\(child(pattern, name))[]", session: session))
        }
    }

    private static func decode<Message: FieldDecodable>(_ fields: FieldReader) -> Message {
        let message = Message(fields: fields)
        fields.finish()
        return message
    }

    /// The elements of a list, each with its path; empty when absent, and nulls are reported.
    func elements(_ name: String) -> [(node: YAMLNode, path: String)] {
        guard let node = value(name) else { return [] }
        guard case .sequence(let list) = node.content else {
            error(at: node, child(path, name), "must be a list, not \(node.kindName)")
            return []
        }
        return list.enumerated().map { ($1, "\(child(path, name))[\($0)]") }
    }

    /// A list of strings; empty when absent.
    func strings(_ name: String) -> [String] {
        elements(name).compactMap { string($0.node, $0.path) }
    }

    /// A list of strings, each checked; `reason` says what is wrong with one or nil.
    func strings(_ name: String, checkedBy reason: (String) -> String?) -> [String] {
        elements(name).compactMap { node, path in
            guard let text = string(node, path) else { return nil }
            if let reason = reason(text) { error(at: node, path, reason) }
            return text
        }
    }

    /// The entries of a mapping with free keys, each with its path; empty when absent.
    func pairs(_ name: String) -> [(key: String, node: YAMLNode, path: String)] {
        guard let node = value(name) else { return [] }
        guard case .mapping(let list) = node.content else {
            error(at: node, child(path, name), "must be a mapping, not \(node.kindName)")
            return []
        }
        let path = child(path, name)
        return list.map { ($0.key, $0.value, child(path, $0.key)) }
    }

    /// A mapping of strings; empty when absent.
    func stringMap(_ name: String) -> [String: String] {
        pairs(name).reduce(into: [:]) { result, pair in
            if pair.node.isNull {
                result[pair.key] = ""
            } else if let text = string(pair.node, pair.path) {
                result[pair.key] = text
            }
        }
    }
}
