/// A node of a YAML document with the place it was written at.
struct YAMLNode: Sendable {
    /// What the node is; collections are shared between an anchor and its aliases.
    enum Content: Sendable {
        /// Text, and whether it was written plain, so that `80` is a number and `"80"` is not.
        case scalar(String, isPlain: Bool)
        case sequence([YAMLNode])
        case mapping([YAMLEntry])
    }

    /// What the node is.
    var content: Content
    /// Line in the file, from 1.
    var line: Int
    /// Column in the line, from 1.
    var column: Int
    /// Nodes below and including this one, aliases expanded.
    var size = 1

    /// The value a scalar stands for under YAML 1.1 as Kubernetes reads it; nil for collections.
    var scalar: YAMLScalar? {
        guard case .scalar(let text, let isPlain) = content else { return nil }
        return isPlain ? YAMLScalar(plain: text) : .string(text)
    }

    /// Whether the node is null.
    var isNull: Bool {
        if case .null? = scalar { true } else { false }
    }

    /// What the node is, for messages.
    var kindName: String {
        switch content {
        case .sequence: "a list"
        case .mapping: "a mapping"
        case .scalar(let text, _):
            switch scalar {
            case .null: "nothing (null)"
            case .bool: "the boolean \(text)"
            case .integer, .float: "the number \(text)"
            default: "the string \(text.quotedForMessage)"
            }
        }
    }
}

/// A key of a mapping and its value.
struct YAMLEntry: Sendable {
    /// Key; always text.
    var key: String
    /// Line of the key.
    var line: Int
    /// Column of the key.
    var column: Int
    /// Value.
    var value: YAMLNode
}

extension String {
    /// The text in quotes, cut after 60 characters so that a message stays a line.
    var quotedForMessage: String {
        count > 60 ? "\"\(prefix(60))...\"" : "\"\(self)\""
    }
}
