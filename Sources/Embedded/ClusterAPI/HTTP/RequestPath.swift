import KubernetesAPI

/// What a URL's path names.
enum RequestPath: Sendable, Equatable {
    /// `/api/v1/...` and `/apis/GROUP/VERSION/...` below the version.
    case resource(group: String, version: String, namespace: String, plural: String, name: String, subresource: String)
    /// `/api/v1`, `/apis/apps/v1`: what is served there.
    case resourceList(group: String, version: String)
    /// Everything else, such as `/healthz`.
    case other(String)

    init(_ path: String) {
        let parts = path.split(separator: "/", omittingEmptySubsequences: true).map { Self.decode(String($0)) }
        var rest: ArraySlice<String>
        let group: String
        let version: String
        if parts.first == "api", parts.count >= 2 {
            (group, version, rest) = ("", parts[1], parts[2...])
        } else if parts.first == "apis", parts.count >= 3 {
            (group, version, rest) = (parts[1], parts[2], parts[3...])
        } else {
            self = .other(path)
            return
        }
        guard let first = rest.first else {
            self = .resourceList(group: group, version: version)
            return
        }
        var namespace = ""
        // `namespaces/x` is the Namespace itself, `namespaces/x/status` a part of it, `namespaces/x/pods` what is in it.
        if first == "namespaces", rest.count >= 3,
            !(group.isEmpty && ["status", "finalize"].contains(rest[rest.startIndex + 2]))
        {
            namespace = rest[rest.startIndex + 1]
            rest = rest.dropFirst(2)
        }
        let words = Array(rest)
        self = .resource(
            group: group,
            version: version,
            namespace: namespace,
            plural: words[0],
            name: words.count > 1 ? words[1] : "",
            subresource: words.dropFirst(2).joined(separator: "/")
        )
    }

    /// RFC 3986 percent encoding; what is not one stays as it is.
    static func decode(_ text: String, plusIsSpace: Bool = false) -> String {
        guard text.utf8.contains(where: { $0 == UInt8(ascii: "%") || $0 == UInt8(ascii: "+") }) else { return text }
        var bytes: [UInt8] = []
        let source = Array(text.utf8)
        var index = 0
        while index < source.count {
            if source[index] == UInt8(ascii: "%"), index + 2 < source.count,
                let byte = UInt8(String(decoding: source[(index + 1)...(index + 2)], as: UTF8.self), radix: 16)
            {
                bytes.append(byte)
                index += 3
            } else {
                bytes.append(plusIsSpace && source[index] == UInt8(ascii: "+") ? UInt8(ascii: " ") : source[index])
                index += 1
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// The part of a URL behind `?`: names with their values in order.
package struct QueryParameters: Sendable, Equatable {
    private var values: [String: [String]] = [:]

    package init(_ text: String) {
        for pair in text.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let name = RequestPath.decode(parts[0], plusIsSpace: true)
            let value = parts.count == 2 ? RequestPath.decode(parts[1], plusIsSpace: true) : ""
            values[name, default: []].append(value)
        }
    }

    /// The first value; nil without the name.
    package subscript(_ name: String) -> String? { values[name]?.first }

    /// All values, such as the words of exec's `command`.
    package func all(_ name: String) -> [String] { values[name] ?? [] }

    /// Kubernetes' booleans: present without a value, `1` and `true` are true.
    package func flag(_ name: String) -> Bool {
        guard let value = self[name] else { return false }
        return !["0", "false", "False", "f", "F", "FALSE"].contains(value)
    }
}
