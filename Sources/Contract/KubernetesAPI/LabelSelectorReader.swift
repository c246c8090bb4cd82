/// Reads the query syntax of label selectors, word by word.
struct LabelSelectorReader {
    private enum Token: Hashable {
        case word(String)
        case comma, open, close, not
        case equal, notEqual

        var text: String {
            switch self {
            case .word(let word): word
            case .comma: ","
            case .open: "("
            case .close: ")"
            case .not: "!"
            case .equal: "="
            case .notEqual: "!="
            }
        }
    }

    private let text: String
    private var tokens: [Token] = []
    private var position = 0

    init(_ text: String) { self.text = text }

    mutating func requirements() throws(SelectorError) -> [LabelSelector.Requirement] {
        try split()
        guard !tokens.isEmpty else { return [] }
        var requirements = [try requirement()]
        while let token = next {
            guard token == .comma else { throw unexpected(token, wanted: "','") }
            position += 1
            requirements.append(try requirement())
        }
        return requirements
    }

    private mutating func split() throws(SelectorError) {
        var word = ""
        var rest = text[...]
        func finished() -> [Token] { word.isEmpty ? [] : [.word(word)] }
        while let character = rest.popFirst() {
            let token: Token
            switch character {
            case " ", "\t", "\n", "\r", "\r\n":
                tokens += finished()
                word = ""
                continue
            case ",": token = .comma
            case "(": token = .open
            case ")": token = .close
            case "=":
                if rest.first == "=" { rest.removeFirst() }
                token = .equal
            case "!":
                if rest.first == "=" {
                    rest.removeFirst()
                    token = .notEqual
                } else {
                    token = .not
                }
            case "<", ">": throw SelectorError("\"\(text)\" compares numbers, which is not supported for labels")
            default:
                word.append(character)
                continue
            }
            tokens += finished()
            word = ""
            tokens.append(token)
        }
        tokens += finished()
    }

    private var next: Token? { position < tokens.count ? tokens[position] : nil }

    private func unexpected(_ token: Token?, wanted: String) -> SelectorError {
        SelectorError("unable to parse \"\(text)\": found '\(token?.text ?? "")', expected \(wanted)")
    }

    private mutating func requirement() throws(SelectorError) -> LabelSelector.Requirement {
        if next == .not {
            position += 1
            return .doesNotExist(key: try key())
        }
        let key = try key()
        switch next {
        case nil, .comma: return .exists(key: key)
        case .equal:
            position += 1
            return .isIn(key: key, values: [try value()])
        case .notEqual:
            position += 1
            return .notIn(key: key, values: [try value()])
        case .word("in"):
            position += 1
            return .isIn(key: key, values: try list())
        case .word("notin"):
            position += 1
            return .notIn(key: key, values: try list())
        case let other: throw unexpected(other, wanted: "in, notin, =, ==, !=")
        }
    }

    private mutating func key() throws(SelectorError) -> String {
        guard case .word(let key) = next else { throw unexpected(next, wanted: "a label's name") }
        position += 1
        return try LabelSyntax.key(key)
    }

    /// Nothing at all is the empty value, as in `a=`.
    private mutating func value() throws(SelectorError) -> String {
        switch next {
        case nil, .comma, .close: return ""
        case .word(let value):
            position += 1
            return try LabelSyntax.value(value)
        case let other: throw unexpected(other, wanted: "a value")
        }
    }

    private mutating func list() throws(SelectorError) -> Set<String> {
        guard next == .open else { throw unexpected(next, wanted: "'('") }
        position += 1
        var values: Set<String> = [try value()]
        while next == .comma {
            position += 1
            values.insert(try value())
        }
        guard next == .close else { throw unexpected(next, wanted: "',' or ')'") }
        position += 1
        return values
    }
}
