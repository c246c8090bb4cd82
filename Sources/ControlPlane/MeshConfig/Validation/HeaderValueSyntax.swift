/// Values of added headers: text with Envoy's `%COMMAND(arguments):length%` operators, `%%` for a percent sign.
enum HeaderValueSyntax {
    /// What is wrong with a value, or nil.
    static func reason(against text: String) -> String? {
        guard text.utf8.allSatisfy({ $0 != 0 && $0 != 0x0A && $0 != 0x0D }) else {
            return "must not contain line breaks or NUL"
        }
        var rest = Substring(text)
        while let start = rest.firstIndex(of: "%") {
            rest = rest[start...].dropFirst()
            if rest.first == "%" {
                rest = rest.dropFirst()
                continue
            }
            let command = rest.prefix { ("A"..."Z").contains($0) || ("0"..."9").contains($0) || $0 == "_" }
            var tail = rest.dropFirst(command.count)
            if tail.first == "(", let end = tail.firstIndex(of: ")") { tail = tail[end...].dropFirst() }
            if tail.first == ":" { tail = tail.dropFirst().drop { ("0"..."9").contains($0) } }
            guard !command.isEmpty, tail.first == "%" else {
                return "\(text.quotedForMessage): `%` begins an operator as %REQ(x-id)%; write %% for a percent sign"
            }
            rest = tail.dropFirst()
        }
        return nil
    }
}
