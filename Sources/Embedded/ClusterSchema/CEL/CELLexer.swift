import KubernetesAPI

/// Splits a rule into tokens.
struct CELLexer {
    enum Token: Equatable {
        case identifier(String)
        case literal(JSONValue)
        case symbol(String)
        case end
    }

    private let text: [Character]
    private var offset = 0

    init(_ text: String) { self.text = Array(text) }

    static func tokens(of text: String) throws(CELError) -> [Token] {
        var lexer = CELLexer(text)
        var tokens: [Token] = []
        while true {
            let token = try lexer.next()
            tokens.append(token)
            if token == .end { return tokens }
        }
    }

    private var current: Character? { offset < text.count ? text[offset] : nil }
    private var following: Character? { offset + 1 < text.count ? text[offset + 1] : nil }

    private mutating func next() throws(CELError) -> Token {
        while let character = current {
            if character.isWhitespace {
                offset += 1
            } else if character == "/", following == "/" {
                while let character = current, !character.isNewline { offset += 1 }
            } else {
                break
            }
        }
        guard let character = current else { return .end }
        if character == "\"" || character == "'" { return .literal(.string(try string(raw: false))) }
        if character == "r" || character == "R", following == "\"" || following == "'" {
            offset += 1
            return .literal(.string(try string(raw: true)))
        }
        if character.isASCII, character.isNumber { return try number() }
        if character.isLetter || character == "_" {
            var name = ""
            while let character = current, character.isLetter || character.isNumber || character == "_" {
                name.append(character)
                offset += 1
            }
            switch name {
            case "true": return .literal(true)
            case "false": return .literal(false)
            case "null": return .literal(nil)
            case "in": return .symbol("in")
            default: return .identifier(name)
            }
        }
        if let following {
            let pair = String([character, following])
            if ["||", "&&", "==", "!=", "<=", ">="].contains(pair) {
                offset += 2
                return .symbol(pair)
            }
        }
        guard "+-*/%!<>()[]{}.,:?".contains(character) else { throw CELError("'\(character)' is not understood") }
        offset += 1
        return .symbol(String(character))
    }

    private mutating func number() throws(CELError) -> Token {
        var digits = ""
        var isWhole = true
        while let character = current {
            if character.isASCII, character.isNumber {
                digits.append(character)
            } else if character == ".", isWhole, let following, following.isNumber {
                isWhole = false
                digits.append(character)
            } else if character == "e" || character == "E" {
                isWhole = false
                digits.append(character)
                if following == "-" || following == "+", let sign = following {
                    digits.append(sign)
                    offset += 1
                }
            } else {
                break
            }
            offset += 1
        }
        if current == "u" || current == "U" { offset += 1 }
        if isWhole, let value = Int64(digits) { return .literal(.integer(value)) }
        guard let value = Double(digits) else { throw CELError("\(digits) is no number") }
        return .literal(.number(value))
    }

    private mutating func string(raw: Bool) throws(CELError) -> String {
        let quote = current
        offset += 1
        var result = ""
        while let character = current {
            offset += 1
            if character == quote { return result }
            guard character == "\\", !raw else {
                result.append(character)
                continue
            }
            guard let escape = current else { break }
            offset += 1
            switch escape {
            case "n": result.append("\n")
            case "t": result.append("\t")
            case "r": result.append("\r")
            case "\\", "\"", "'", "`", "?": result.append(escape)
            case "u":
                let digits = String(text[min(offset, text.count)..<min(offset + 4, text.count)])
                guard digits.count == 4, let code = UInt32(digits, radix: 16), let scalar = Unicode.Scalar(code) else {
                    throw CELError("a \\u escape that is no character")
                }
                offset += 4
                result.unicodeScalars.append(scalar)
            default: throw CELError("the escape \\\(escape) is not supported")
            }
        }
        throw CELError("a text without its closing quote")
    }
}
