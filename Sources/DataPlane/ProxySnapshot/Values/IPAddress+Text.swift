extension IPAddress {
    /// Reads dotted decimal (RFC 6943 strict: four parts, no leading zeros) or RFC 4291 section 2.2 text.
    package init?(_ text: String) {
        if text.utf8.contains(UInt8(ascii: ":")) {
            guard let words = Self.words(text) else { return nil }
            let join = { (part: ArraySlice<UInt16>) in part.reduce(UInt64(0)) { $0 << 16 | UInt64($1) } }
            self.init(v6High: join(words[0..<4]), low: join(words[4..<8]))
        } else {
            guard let address = Self.dotted(text) else { return nil }
            self.init(v4: address)
        }
    }

    private static func dotted(_ text: some StringProtocol) -> UInt32? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var address: UInt32 = 0
        for part in parts {
            guard (1...3).contains(part.utf8.count), part.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
                part.utf8.count == 1 || part.utf8.first != 0x30, let byte = UInt8(part)
            else { return nil }
            address = address << 8 | UInt32(byte)
        }
        return address
    }

    /// The eight 16-bit words of IPv6 text.
    private static func words(_ text: String) -> [UInt16]? {
        guard text.utf8.count <= 45 else { return nil }
        var halves: [[UInt16]] = []
        let pieces = text.split(separator: "::", maxSplits: 2, omittingEmptySubsequences: false)
        guard pieces.count <= 2 else { return nil }
        for (position, piece) in pieces.enumerated() {
            var words: [UInt16] = []
            let groups = piece.isEmpty ? [] : piece.split(separator: ":", omittingEmptySubsequences: false)
            for (index, group) in groups.enumerated() {
                let isLast = position == pieces.count - 1 && index == groups.count - 1
                if isLast, group.utf8.contains(UInt8(ascii: ".")) {
                    guard let tail = dotted(group) else { return nil }
                    words += [UInt16(truncatingIfNeeded: tail >> 16), UInt16(truncatingIfNeeded: tail)]
                } else {
                    guard (1...4).contains(group.utf8.count), let word = UInt16(group, radix: 16),
                        group.utf8.first != UInt8(ascii: "+")
                    else { return nil }
                    words.append(word)
                }
            }
            halves.append(words)
        }
        if halves.count == 1 { return halves[0].count == 8 ? halves[0] : nil }
        let known = halves[0].count + halves[1].count
        guard known <= 7 else { return nil }
        return halves[0] + [UInt16](repeating: 0, count: 8 - known) + halves[1]
    }
}

extension IPAddress: CustomStringConvertible {
    /// Dotted decimal, or RFC 5952 text.
    package var description: String {
        if !isIPv6 { return String(decoding: text, as: UTF8.self) }
        let all = bytes
        let words = stride(from: 0, to: 16, by: 2).map { UInt16(all[$0]) << 8 | UInt16(all[$0 + 1]) }
        var best = 0..<0
        var start = 0
        while start < 8 {
            var end = start
            while end < 8, words[end] == 0 { end += 1 }
            if end - start > best.count, end - start > 1 { best = start..<end }
            start = max(end, start + 1)
        }
        let text = { (part: ArraySlice<UInt16>) in part.map { String($0, radix: 16) }.joined(separator: ":") }
        if best.isEmpty { return text(words[...]) }
        return text(words[..<best.lowerBound]) + "::" + text(words[best.upperBound...])
    }
}

extension IPAddress {
    /// Appends the same text as ASCII bytes; for IPv4 without an allocation of its own.
    fileprivate func append(to text: inout ContiguousArray<UInt8>) {
        guard !isIPv6 else { return text.append(contentsOf: description.utf8) }
        for shift: UInt64 in [24, 16, 8, 0] {
            if shift < 24 { text.append(UInt8(ascii: ".")) }
            appendDecimal(UInt16(truncatingIfNeeded: low >> shift & 0xff), to: &text)
        }
    }

    /// The text as ASCII bytes.
    package var text: ContiguousArray<UInt8> {
        var text = ContiguousArray<UInt8>()
        text.reserveCapacity(isIPv6 ? 39 : 15)
        append(to: &text)
        return text
    }
}

extension SocketAddressValue {
    /// Address and port as ASCII bytes: `10.0.0.1:80`, `[::1]:80`.
    package var text: ContiguousArray<UInt8> {
        var text = ContiguousArray<UInt8>()
        text.reserveCapacity(address.isIPv6 ? 47 : 21)
        if address.isIPv6 { text.append(UInt8(ascii: "[")) }
        address.append(to: &text)
        if address.isIPv6 { text.append(UInt8(ascii: "]")) }
        text.append(UInt8(ascii: ":"))
        appendDecimal(port, to: &text)
        return text
    }
}

private func appendDecimal(_ value: UInt16, to text: inout ContiguousArray<UInt8>) {
    var divisor: UInt16 = value >= 10_000 ? 10_000 : value >= 1000 ? 1000 : value >= 100 ? 100 : value >= 10 ? 10 : 1
    while divisor > 0 {
        text.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value / divisor % 10))
        divisor /= 10
    }
}
