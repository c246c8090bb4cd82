internal import HTTPWire
internal import ProxySnapshot

/// Where a token was found in a request, so that it can be taken out.
enum TokenLocation: Equatable {
    case header(HeaderName)
    case parameter(ContiguousArray<UInt8>)
    case cookie
}

/// A token as a request bears it.
struct FoundToken {
    var bytes: ContiguousArray<UInt8>
    var location: TokenLocation
}

extension TokenProvider {
    /// The tokens at the places of this provider, in their order.
    func tokens(in head: borrowing RequestHead) -> [FoundToken] {
        var found: [FoundToken] = []
        for header in headers {
            guard let value = Self.joined(head.headers, header.name) else { continue }
            guard let token = Self.token(in: value, after: header.prefix) else { continue }
            found.append(FoundToken(bytes: token, location: .header(header.name)))
        }
        for name in parameters {
            guard let value = Self.parameter(name, of: head) else { continue }
            found.append(FoundToken(bytes: value, location: .parameter(name)))
        }
        for name in cookies {
            guard let value = Self.cookie(name, in: head.headers), !value.isEmpty else { continue }
            found.append(FoundToken(bytes: value, location: .cookie))
        }
        return found
    }

    /// All lines of a header as one: a second token beside a good one makes both bad.
    private static func joined(_ headers: borrowing HeaderBlock, _ name: HeaderName) -> ContiguousArray<UInt8>? {
        guard var next = headers.firstIndex(of: name) else { return nil }
        var value = headers.withBytes(headers.fields[next].valueRange) { ContiguousArray($0) }
        while let following = headers.firstIndex(of: name, from: next &+ 1) {
            value.append(UInt8(ascii: ","))
            headers.withBytes(headers.fields[following].valueRange) { value.append(contentsOf: $0) }
            next = following
        }
        return value
    }

    /// What follows the prefix, from the first byte on that may stand in a token; nil if that is not there.
    private static func token(
        in value: ContiguousArray<UInt8>,
        after prefix: ContiguousArray<UInt8>
    ) -> ContiguousArray<UInt8>? {
        guard !prefix.isEmpty else { return value.isEmpty ? nil : value }
        var start = 0
        while start + prefix.count <= value.count, !value[start...].starts(with: prefix) { start += 1 }
        guard start + prefix.count <= value.count else { return nil }
        let rest = value[(start + prefix.count)...].drop { $0 == 0x20 || $0 == 0x09 }
        return rest.isEmpty ? nil : ContiguousArray(rest)
    }

    private static func parameter(
        _ name: ContiguousArray<UInt8>,
        of head: borrowing RequestHead
    ) -> ContiguousArray<UInt8>? {
        guard let query = head.query else { return nil }
        return head.headers.withBytes(query) { text -> ContiguousArray<UInt8>? in
            for part in text.split(separator: UInt8(ascii: "&")) {
                guard let equals = part.firstIndex(of: UInt8(ascii: "=")), part[..<equals].elementsEqual(name) else {
                    continue
                }
                return ContiguousArray(part[(equals + 1)...])
            }
            return nil
        }
    }

    private static func cookie(_ name: ContiguousArray<UInt8>, in headers: borrowing HeaderBlock) -> ContiguousArray<
        UInt8
    >? {
        var next = headers.firstIndex(of: .cookie)
        while let index = next {
            let value = headers.withBytes(headers.fields[index].valueRange) { text -> ContiguousArray<UInt8>? in
                for part in text.split(separator: UInt8(ascii: ";")) {
                    let trimmed = part.drop { $0 == 0x20 }
                    guard let equals = trimmed.firstIndex(of: UInt8(ascii: "=")),
                        trimmed[..<equals].elementsEqual(name)
                    else { continue }
                    let value = trimmed[(equals + 1)...]
                    let isQuoted = value.count >= 2 && value.first == 0x22 && value.last == 0x22
                    return ContiguousArray(isQuoted ? value.dropFirst().dropLast() : value)
                }
                return nil
            }
            if let value { return value }
            next = headers.index(of: .cookie, from: index &+ 1)
        }
        return nil
    }
}

extension RequestHead {
    /// Takes a token out, lest the workload or its logs see it; cookies stay as they are.
    mutating func remove(_ location: TokenLocation) {
        switch location {
        case .header(let name): headers.remove(name)
        case .parameter(let name): removeParameter(name)
        case .cookie: break
        }
    }

    private mutating func removeParameter(_ name: ContiguousArray<UInt8>) {
        guard let path, let bare = pathWithoutQuery, let query else { return }
        var result = headers.withBytes(bare) { ContiguousArray($0) }
        let kept = headers.withBytes(query) { text in
            text.split(separator: UInt8(ascii: "&"), omittingEmptySubsequences: false).filter { part in
                guard part.count > name.count, part[part.startIndex + name.count] == UInt8(ascii: "=") else {
                    return true
                }
                return !part.prefix(name.count).elementsEqual(name)
            }.map { ContiguousArray($0) }
        }
        if !kept.isEmpty {
            result.append(UInt8(ascii: "?"))
            result.append(contentsOf: kept.joined(separator: [UInt8(ascii: "&")]))
        }
        guard result.count != Int(path.length) else { return }
        setPath(result)
    }
}
