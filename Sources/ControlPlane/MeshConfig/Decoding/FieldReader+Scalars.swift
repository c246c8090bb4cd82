extension FieldReader {
    /// A string; empty when absent.
    func string(_ name: String) -> String {
        value(name).flatMap { string($0, child(path, name)) } ?? ""
    }

    /// A string that must be written and not empty.
    func requiredString(_ name: String) -> String {
        let isWritten = has(name)
        let text = string(name)
        if text.isEmpty, !isWritten || value(name)?.scalar == .string("") { error(name, "is required") }
        return text
    }

    /// A boolean; nil when absent.
    func bool(_ name: String) -> Bool? {
        guard let node = value(name) else { return nil }
        if case .bool(let flag)? = node.scalar { return flag }
        error(at: node, child(path, name), "must be true or false, not \(node.kindName)")
        return nil
    }

    /// An integer within `range`; nil when absent.
    func integer<Number: FixedWidthInteger>(_ name: String, in range: ClosedRange<Number>) -> Number? {
        value(name).flatMap { integer($0, child(path, name), in: range) }
    }

    /// An unsigned 32-bit integer; nil when absent.
    func uint32(_ name: String) -> UInt32? { integer(name, in: 0...UInt32.max) }

    /// A port number, 1...65535; nil when absent.
    func port(_ name: String) -> UInt32? { integer(name, in: 1...65535) }

    /// A number; nil when absent.
    func double(_ name: String, in range: ClosedRange<Double>? = nil) -> Double? {
        guard let node = value(name) else { return nil }
        var number: Double?
        switch node.scalar {
        case .integer(let value): number = Double(value)
        case .float(let value) where value.isFinite: number = value
        default: error(at: node, child(path, name), "must be a number, not \(node.kindName)")
        }
        if let found = number, let range, !range.contains(found) {
            let bounds =
                range.upperBound == .greatestFiniteMagnitude
                ? "at least \(range.lowerBound)" : "within \(range.lowerBound)...\(range.upperBound)"
            error(at: node, child(path, name), "must be \(bounds), not \(found)")
            number = nil
        }
        return number
    }

    /// A duration as `1h30m`, `1.5s`, `100ms`; nil when absent.
    func duration(_ name: String, atLeast minimum: Duration = .milliseconds(1)) -> Duration? {
        guard let node = value(name) else { return nil }
        guard case .string(let text)? = node.scalar ?? .null else {
            let hint = node.scalar == .integer(0) ? "; write \"0s\"" : "; write a unit, as \"5s\" or \"100ms\""
            error(at: node, child(path, name), "must be a duration, not \(node.kindName)\(hint)")
            return nil
        }
        do throws(DurationSyntax.Failure) {
            let duration = try DurationSyntax.parse(text)
            guard duration >= minimum else {
                let least = minimum == .zero ? "0" : "1ms"
                error(at: node, child(path, name), "must be at least \(least), not \(text.quotedForMessage)")
                return nil
            }
            return duration
        } catch {
            self.error(at: node, child(path, name), "\(text.quotedForMessage) is not a duration: \(error.reason)")
            return nil
        }
    }

    /// One of the names of a closed enum; nil when absent.
    func enumeration<Value: RawRepresentable & CaseIterable>(_ name: String, as type: Value.Type = Value.self) -> Value?
    where Value.RawValue == String {
        guard let node = value(name) else { return nil }
        let allowed = Value.allCases.map(\.rawValue)
        guard case .string(let text)? = node.scalar else {
            let list = allowed.joined(separator: ", ")
            error(at: node, child(path, name), "must be one of \(list), not \(node.kindName)")
            return nil
        }
        if let value = Value(rawValue: text) {
            note(name, value: text)
            return value
        }
        let hint = Suggestion.text(for: text, among: allowed)
        let list = allowed.joined(separator: ", ")
        error(at: node, child(path, name), "\(text.quotedForMessage) is not one of \(list)\(hint)")
        return nil
    }

    /// Text of a node that must be a string.
    func string(_ node: YAMLNode, _ path: String) -> String? {
        if case .string(let text)? = node.scalar { return text }
        let hint = node.scalar == nil ? "" : "; quote it"
        error(at: node, path, "must be a string, not \(node.kindName)\(hint)")
        return nil
    }

    /// Value of a node that must be an integer within `range`.
    func integer<Number: FixedWidthInteger>(
        _ node: YAMLNode,
        _ path: String,
        in range: ClosedRange<Number>
    ) -> Number? {
        var whole: Int64?
        switch node.scalar {
        case .integer(let value): whole = value
        case .float(let value): whole = Int64(exactly: value)
        default: break
        }
        if let whole, let number = Number(exactly: whole), range.contains(number) { return number }
        let bounds = "a whole number within \(range.lowerBound)...\(range.upperBound)"
        if case .string(let text)? = node.scalar, Int64(text) != nil {
            error(at: node, path, "must be \(bounds), not \(node.kindName); remove the quotes")
        } else {
            error(at: node, path, "must be \(bounds), not \(node.kindName)")
        }
        return nil
    }
}
