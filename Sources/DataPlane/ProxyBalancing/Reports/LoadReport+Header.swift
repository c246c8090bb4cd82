package import ProxySnapshot

extension LoadReport {
    /// Reads the value of an `endpoint-load-metrics` header in the format that its first word names (`TEXT`, `JSON`,
    /// `BIN`); nil for what is malformed or of another format (Envoy `orca_parser`).
    package init?(header value: UnsafeRawBufferPointer, for metrics: [LoadMetric]) {
        if let text = value.dropping(prefix: "TEXT ") {
            self.init(text: text, for: metrics)
        } else if let json = value.dropping(prefix: "JSON ") {
            self.init(json: json, for: metrics)
        } else if let binary = value.dropping(prefix: "BIN ") {
            self.init(base64: binary, for: metrics)
        } else {
            return nil
        }
    }

    /// Reads pairs `NAME:NUMBER` between commas; a name may come once.
    init?(text: UnsafeRawBufferPointer, for metrics: [LoadMetric]) {
        self.init(for: metrics)
        // A header may have ten thousand of them.
        var names: Set<ContiguousArray<UInt8>> = []
        for part in text.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
            let pair = UnsafeRawBufferPointer(rebasing: part).trimmed
            guard !pair.isEmpty else { continue }
            guard let colon = pair.firstIndex(of: UInt8(ascii: ":")) else { return nil }
            let name = UnsafeRawBufferPointer(rebasing: pair[..<colon])
            let digits = UnsafeRawBufferPointer(rebasing: pair[(colon + 1)...])
            guard !name.trimmed.isEmpty, names.insert(ContiguousArray(name)).inserted,
                let number = DecimalText.number(digits.trimmed), number.isFinite,
                take(name, number)
            else { return nil }
        }
    }

    private mutating func take(_ name: UnsafeRawBufferPointer, _ value: Double) -> Bool {
        // Of the maps this format has one only.
        if let key = name.dropping(prefix: "named_metrics.") {
            guard !key.isEmpty else { return false }
            set(.namedMetrics, key, value)
            return true
        }
        guard let field = LoadField(name) else { return false }
        self[field] = value
        return true
    }
}

extension LoadField {
    /// The field of that name in `OrcaLoadReport`.
    init?(_ name: UnsafeRawBufferPointer) {
        guard let field = Self.allCases.first(where: { $0.rawValue.utf8.elementsEqual(name) }) else { return nil }
        self = field
    }
}

extension UnsafeRawBufferPointer {
    /// What follows `prefix`; nil if the bytes do not begin with it.
    func dropping(prefix: StaticString) -> UnsafeRawBufferPointer? {
        let wanted = UnsafeRawBufferPointer(start: prefix.utf8Start, count: prefix.utf8CodeUnitCount)
        guard starts(with: wanted) else { return nil }
        return UnsafeRawBufferPointer(rebasing: dropFirst(wanted.count))
    }

    /// Without ASCII white space at both ends.
    var trimmed: UnsafeRawBufferPointer {
        func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
        guard let first = firstIndex(where: { !isSpace($0) }), let last = lastIndex(where: { !isSpace($0) }) else {
            return UnsafeRawBufferPointer(start: nil, count: 0)
        }
        return UnsafeRawBufferPointer(rebasing: self[first...last])
    }
}
